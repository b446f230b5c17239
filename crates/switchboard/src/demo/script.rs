//! Who plays in the demo and what they say.

/// An agent of the demo shop: name, e-mail, departments (by place in [`DEPARTMENTS`]), chats at once.
pub struct Player {
    pub name: &'static str,
    pub email: &'static str,
    pub departments: &'static [usize],
    pub limit: u32,
}

pub const DEPARTMENTS: [(&str, &str); 3] = [
    ("售前 Sales", "选购建议、器型、库存 · advice, shapes, stock"),
    ("售后 Support", "退换货、破损补发 · returns, replacements"),
    ("账务 Billing", "发票、付款、退款 · invoices, payment, refunds"),
];

pub const PLAYERS: [Player; 6] = [
    Player { name: "林晓", email: "lin.xiao@demo.example", departments: &[0, 1], limit: 4 },
    Player { name: "王芳", email: "wang.fang@demo.example", departments: &[0], limit: 3 },
    Player { name: "Emma Clark", email: "emma.clark@demo.example", departments: &[0, 1], limit: 4 },
    Player { name: "陈伟", email: "chen.wei@demo.example", departments: &[1], limit: 3 },
    Player { name: "Daniel Reyes", email: "daniel.reyes@demo.example", departments: &[1, 2], limit: 3 },
    Player { name: "赵敏", email: "zhao.min@demo.example", departments: &[2], limit: 2 },
];

/// One conversation: who asks, where, and the lines in turn (the visitor begins). The grade is given at its end.
pub struct Scene {
    pub visitor: &'static str,
    pub email: &'static str,
    pub language: &'static str,
    pub time_zone: &'static str,
    pub department: usize,
    pub page: (&'static str, &'static str),
    pub lines: &'static [&'static str],
    pub grade: Option<(u8, &'static str)>,
}

pub const SCENES: [Scene; 12] = [
    Scene {
        visitor: "刘洋", email: "liuyang@mail.example", language: "zh-CN", time_zone: "Asia/Shanghai", department: 0,
        page: ("/product.html", "粗陶茶壶"),
        lines: &[
            "你好,这把粗陶壶能直接在电陶炉上加热吗?", "您好!可以的,建议先加水再小火升温,不要干烧。", "容量多大,够三个人喝吗", "380 毫升,三个人正好,一道茶每人两小杯。",
            "太好了,墨色还有货吗?", "墨色还有 6 把,今天下单明天发出。", "好的,我下单了,谢谢!", "感谢您的支持,祝您喝茶愉快 🍵",
        ],
        grade: Some((5, "回复很快,很专业")),
    },
    Scene {
        visitor: "Sophie Martin", email: "sophie.martin@mail.example", language: "en-GB", time_zone: "Europe/London", department: 1,
        page: ("/cart.html", "Cart"),
        lines: &[
            "Hi, one of my two cups arrived with a chip on the rim.", "Hello Sophie, I am so sorry. Could you send a photo of it?", "Here it is. The other one is perfect.",
            "Thank you. A new cup leaves the kiln tomorrow, and you keep the chipped one for pencils.", "That was easy. Thank you!", "You're welcome, enjoy your tea!",
        ],
        grade: Some((5, "")),
    },
    Scene {
        visitor: "张伟", email: "zhangwei@mail.example", language: "zh-CN", time_zone: "Asia/Shanghai", department: 2,
        page: ("/cart.html", "购物车"),
        lines: &["发票可以开公司抬头吗", "可以的,请提供公司名称和税号,我们开电子专票。", "上海青石科技有限公司 税号 91310115MA1K4XYZ0P", "收到,发票会在 24 小时内发到您的邮箱。", "好的"],
        grade: Some((4, "")),
    },
    Scene {
        visitor: "Kenji Sato", email: "kenji@mail.example", language: "en-US", time_zone: "Asia/Tokyo", department: 0,
        page: ("/product.html", "Stoneware teapot"),
        lines: &["Do you ship to Japan?", "Yes, five to seven days by EMS, duties included.", "And is the bamboo handle in the box?", "It is, wrapped beside the lid.", "Great, ordering now."],
        grade: None,
    },
    Scene {
        visitor: "王丽", email: "wangli@mail.example", language: "zh-CN", time_zone: "Asia/Shanghai", department: 1,
        page: ("/", "窑与叶"),
        lines: &["我的快递三天没动了,订单号 20261118-0452", "您好,让我查一下……包裹在杭州中转,因为大雪延误了。", "那什么时候能到", "预计后天送达,我已经帮您加急并会继续跟进。", "麻烦了"],
        grade: Some((3, "物流有点慢")),
    },
    Scene {
        visitor: "Anna Kowalska", email: "anna.k@mail.example", language: "en-US", time_zone: "Europe/Warsaw", department: 0,
        page: ("/spa.html", "Celadon bowl"),
        lines: &[
            "Is the celadon bowl safe in a dishwasher?", "It is, though the crackle stays brighter when washed by hand.", "Honest answer. And the microwave?",
            "Yes, there is no metal in the glaze.",
        ],
        grade: Some((5, "honest answers!")),
    },
    Scene {
        visitor: "李强", email: "liqiang@mail.example", language: "zh-CN", time_zone: "Asia/Urumqi", department: 0,
        page: ("/product.html", "茶叶罐"),
        lines: &["茶叶罐能装多少茶?", "绿茶大约 150 克,白茶饼撬散后约 200 克。", "新疆这边干燥,密封怎么样", "罐口有软木圈,干燥地区反而更适合存普洱和白茶。", "那我要两个", "已经为您备注加固包装。"],
        grade: Some((5, "推荐得很到位")),
    },
    Scene {
        visitor: "Tom Becker", email: "tom.becker@mail.example", language: "en-US", time_zone: "Europe/Berlin", department: 2,
        page: ("/cart.html", "Cart"),
        lines: &[
            "My card was charged twice for order 8841.", "I'm sorry. I can see it: one of the two is only a reservation and will be released.", "When?",
            "Within two working days; I have written it into your order so that nobody has to ask again.",
        ],
        grade: Some((4, "")),
    },
    Scene {
        visitor: "陈静", email: "chenjing@mail.example", language: "zh-CN", time_zone: "Asia/Shanghai", department: 1,
        page: ("/product.html", "对杯"),
        lines: &["杯子收到有一道裂纹 😢", "非常抱歉!请问方便发一张照片吗?", "好的我拍一下", "收到照片了,属于运输问题,我们直接给您补发,旧的不用寄回。", "这么爽快!", "应该的,新杯子今天发出。"],
        grade: Some((5, "售后非常好")),
    },
    Scene {
        visitor: "Maria García", email: "maria.garcia@mail.example", language: "en-US", time_zone: "Europe/Madrid", department: 0,
        page: ("/", "Kiln & Leaf"),
        lines: &["Hello! Do you have gift cards?", "We do, from 20 € up, by e-mail or on paper.", "Paper please, it's for my father.", "Lovely. The paper one comes with a small tasting spoon."],
        grade: None,
    },
    Scene {
        visitor: "孙浩", email: "sunhao@mail.example", language: "zh-CN", time_zone: "Asia/Shanghai", department: 0,
        page: ("/spa.html", "目录"),
        lines: &["双十二有活动吗", "有的,12 月 10 日开始,全场满 500 减 80。", "现在买能保价吗", "可以,30 天内降价退差价。"],
        grade: Some((5, "")),
    },
    Scene {
        visitor: "Noah Smith", email: "noah@mail.example", language: "en-US", time_zone: "America/Denver", department: 1,
        page: ("/product.html", "Stoneware teapot"),
        lines: &["The lid of my teapot broke. Can I buy a single one?", "Yes, a lid is 9 €. Is it the 380 ml pot?", "It is, the ink one.", "Then it is lid B2. I put it into your cart with free shipping."],
        grade: Some((5, "Saved my Sunday")),
    },
];

/// Pages that visitors wander through: path, title in Chinese, title in English.
pub const PAGES: [(&str, &str, &str); 4] = [
    ("/", "窑与叶", "Kiln & Leaf"),
    ("/product.html", "粗陶茶壶", "Stoneware teapot"),
    ("/cart.html", "购物车", "Cart"),
    ("/spa.html", "目录", "Catalogue"),
];

pub const REFERRERS: [&str; 6] =
    ["", "https://www.baidu.com/s?wd=粗陶茶壶", "https://www.google.com/", "https://www.xiaohongshu.com/explore", "https://weixin.qq.com/", "https://www.bing.com/search?q=stoneware+teapot"];

pub const BROWSERS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
];
