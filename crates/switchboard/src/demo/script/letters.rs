//! What is written rather than talked about: tickets of the week, and messages to the department where nobody sits.

/// A ticket of the past: who wrote (by place in `PEOPLE`), how many hours ago, and what became of it.
pub struct Letter {
    pub person: usize,
    pub hours_ago: u64,
    pub department: usize,
    pub priority: &'static str,
    pub tags: &'static [&'static str],
    pub subject: &'static str,
    pub text: &'static str,
    pub steps: &'static [Step],
}

/// An answer (`public`) or a note by an agent (by place in `PLAYERS`), and how the ticket stands afterwards.
pub struct Step {
    pub after_minutes: u64,
    pub player: usize,
    pub public: bool,
    pub text: &'static str,
    pub status: &'static str,
}

const fn answer(after_minutes: u64, player: usize, status: &'static str, text: &'static str) -> Step {
    Step { after_minutes, player, public: true, text, status }
}

const fn note(after_minutes: u64, player: usize, status: &'static str, text: &'static str) -> Step {
    Step { after_minutes, player, public: false, text, status }
}

pub static LETTERS: [Letter; 12] = [
    Letter {
        person: 24, hours_ago: 150, department: 1, priority: "normal", tags: &["shipping"], subject: "包裹外箱破损", text: "外箱压扁了,里面的壶没事,只是想告诉你们一声。",
        steps: &[answer(55, 3, "solved", "谢谢您告诉我们!已经反馈给快递公司,并换了更厚的外箱。")],
    },
    Letter {
        person: 19, hours_ago: 131, department: 2, priority: "normal", tags: &["invoice"], subject: "Invoice with VAT number",
        text: "Could you reissue invoice 8790 with our VAT number DE811907980?",
        steps: &[answer(140, 4, "solved", "Here you are: the corrected invoice is attached to your order. Have a good day!")],
    },
    Letter {
        person: 13, hours_ago: 104, department: 1, priority: "high", tags: &["damage"], subject: "Two bowls broken on arrival",
        text: "Two of the six bowls came in pieces. They are a present for Saturday!",
        steps: &[
            note(12, 4, "open", "Two in stock, kiln shelf 3. Express would make it."),
            answer(20, 4, "pending", "I am sorry! Two new ones leave by express today. Would you confirm the address in Lyon?"),
            answer(420, 4, "solved", "They were signed for this morning. Enjoy the feast!"),
        ],
    },
    Letter {
        person: 26, hours_ago: 80, department: 1, priority: "normal", tags: &["return"], subject: "想退一只茶叶罐", text: "买了两只,想退一只,还没拆封。",
        steps: &[answer(35, 3, "pending", "可以的,退货单已发到您的邮箱,请寄出后告诉我们单号。")],
    },
    Letter {
        person: 7, hours_ago: 66, department: 2, priority: "normal", tags: &["refund"], subject: "Refund for order 8812", text: "I returned the caddy last week. When will the money be back?",
        steps: &[answer(90, 4, "on_hold", "It arrived yesterday. Our bank needs up to three days; I keep this open until it is through.")],
    },
    Letter {
        person: 36, hours_ago: 52, department: 0, priority: "low", tags: &["engraving"], subject: "杯底可以刻字吗", text: "想在杯底刻两个字,需要等多久?",
        steps: &[
            note(30, 0, "open", "问过窑上:本周五那一窑可以刻,最多四个字。"),
            answer(45, 0, "pending", "可以的,本周五入窑,十天后发货。请把要刻的字发给我们。"),
        ],
    },
    Letter {
        person: 33, hours_ago: 31, department: 1, priority: "high", tags: &["damage", "vip"], subject: "Teapot drips at the spout",
        text: "Third pot from you, first that drips. It runs down the spout with every pour.",
        steps: &[note(25, 2, "open", "Batch 41 had two of these. Ask the kiln before we promise anything.")],
    },
    Letter {
        person: 28, hours_ago: 22, department: 2, priority: "urgent", tags: &["payment"], subject: "付款成功但订单显示未支付", text: "银行已经扣款 736 元,订单还是未支付,怕被取消。",
        steps: &[answer(9, 5, "open", "您好,款项已经查到,订单先为您锁定,财务核对后马上改状态。")],
    },
    Letter {
        person: 37, hours_ago: 15, department: 0, priority: "normal", tags: &["stock"], subject: "When is the ink glaze back?", text: "I have been waiting for the ink teapot since October. Is there a list?",
        steps: &[note(50, 1, "open", "Next firing on the 9th, forty pieces.")],
    },
    Letter {
        person: 30, hours_ago: 6, department: 1, priority: "normal", tags: &["shipping"], subject: "地址写错了门牌号", text: "门牌号应该是 18 号,不是 81 号,还没发货的话请改一下。", steps: &[],
    },
    Letter {
        person: 35, hours_ago: 3, department: 0, priority: "normal", tags: &[], subject: "Workshop in spring?", text: "A friend told me that you hold glazing workshops. Will there be one in April?", steps: &[],
    },
    Letter {
        person: 38, hours_ago: 1, department: 1, priority: "high", tags: &["damage"], subject: "碗底有一处缩釉", text: "收到的青瓷碗碗底有指甲大一块没有釉,这算瑕疵吗?", steps: &[],
    },
];

/// Messages to the department where nobody sits, in Chinese and in English.
pub const WHOLESALE: [(&str, &str); 5] = [
    ("我们是苏州一家茶馆,想订 30 把粗陶壶,有批发价吗?", "We run a tea house in Leeds and would like 24 bowls. Is there a trade price?"),
    ("门店想做一批带店名的茶叶罐,最少多少起订?", "Could you glaze 40 caddies in our shop's colour, with the name on the lid?"),
    ("可以寄两件样品到深圳吗?运费到付。", "Would you send two samples to Toronto? We pay the freight."),
    ("酒店采购,需要 60 套盖碗,交期多久?", "We furnish a small hotel: sixty sets of cups. How long would the kiln need?"),
    ("想谈一下明年春茶的礼盒合作,方便的话请回邮件。", "We would like to talk about a gift box for spring. Please answer by mail."),
];

/// Prepared answers: name, text, the status that they set.
pub const MACROS: [(&str, &str, &str); 2] = [
    ("已收到 · Received", "您的来信已经收到,我们会在一个工作日内答复。We have your message and answer within a working day.", "open"),
    ("已发货 · On its way", "您的订单已经发出。Your order is on its way.", "solved"),
];
