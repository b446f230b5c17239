//! The shop's visitors and where they live.

/// A town of the demo's own map: its time zone, and its place among the blocks of sixteen addresses (see `files/places.mmdb`).
pub struct Town {
    pub time_zone: &'static str,
    block: u8,
}

impl Town {
    /// An address there; documentation addresses, which nobody has.
    pub fn address(&self, house: u8) -> String {
        format!("203.0.113.{}", self.block * 16 + 1 + house % 14)
    }
}

const fn town(block: u8, time_zone: &'static str) -> Town {
    Town { time_zone, block }
}

static SHANGHAI: Town = town(0, "Asia/Shanghai");
static HANGZHOU: Town = town(1, "Asia/Shanghai");
static BEIJING: Town = town(2, "Asia/Shanghai");
static CHENGDU: Town = town(3, "Asia/Shanghai");
static GUANGZHOU: Town = town(4, "Asia/Shanghai");
static URUMQI: Town = town(5, "Asia/Urumqi");
static LONDON: Town = town(6, "Europe/London");
static TOKYO: Town = town(7, "Asia/Tokyo");
static WARSAW: Town = town(8, "Europe/Warsaw");
static BERLIN: Town = town(9, "Europe/Berlin");
static MADRID: Town = town(10, "Europe/Madrid");
static DENVER: Town = town(11, "America/Denver");
static LYON: Town = town(12, "Europe/Paris");
static TORONTO: Town = town(13, "America/Toronto");
static SINGAPORE: Town = town(14, "Asia/Singapore");
static MELBOURNE: Town = town(15, "Australia/Melbourne");

pub struct Person {
    pub name: &'static str,
    pub email: &'static str,
    /// What the browser is set to.
    pub language: &'static str,
    pub town: &'static Town,
}

impl Person {
    /// What is spoken with this person: `zh` or `en`.
    pub fn speaks(&self) -> &'static str {
        if self.language.starts_with("zh") { "zh" } else { "en" }
    }
}

const fn person(name: &'static str, email: &'static str, language: &'static str, town: &'static Town) -> Person {
    Person { name, email, language, town }
}

pub static PEOPLE: [Person; 40] = [
    person("刘洋", "liuyang@mail.example", "zh-CN", &SHANGHAI),
    person("Sophie Martin", "sophie.martin@mail.example", "en-GB", &LONDON),
    person("张伟", "zhangwei@mail.example", "zh-CN", &BEIJING),
    person("Kenji Sato", "kenji@mail.example", "en-US", &TOKYO),
    person("王丽", "wangli@mail.example", "zh-CN", &HANGZHOU),
    person("Anna Kowalska", "anna.k@mail.example", "en-US", &WARSAW),
    person("李强", "liqiang@mail.example", "zh-CN", &URUMQI),
    person("Tom Becker", "tom.becker@mail.example", "en-US", &BERLIN),
    person("陈静", "chenjing@mail.example", "zh-CN", &GUANGZHOU),
    person("Maria García", "maria.garcia@mail.example", "en-US", &MADRID),
    person("孙浩", "sunhao@mail.example", "zh-CN", &CHENGDU),
    person("Noah Smith", "noah@mail.example", "en-US", &DENVER),
    person("周婷", "zhouting@mail.example", "zh-CN", &SHANGHAI),
    person("Claire Dubois", "claire.dubois@mail.example", "en-GB", &LYON),
    person("吴磊", "wulei@mail.example", "zh-CN", &HANGZHOU),
    person("Liam O'Brien", "liam@mail.example", "en-CA", &TORONTO),
    person("郑雅文", "yawen@mail.example", "zh-CN", &SINGAPORE),
    person("Olivia Brown", "olivia.b@mail.example", "en-AU", &MELBOURNE),
    person("何俊", "hejun@mail.example", "zh-CN", &GUANGZHOU),
    person("Jonas Weber", "jonas.weber@mail.example", "en-US", &BERLIN),
    person("高敏", "gaomin@mail.example", "zh-CN", &BEIJING),
    person("Yuki Tanaka", "yuki@mail.example", "en-US", &TOKYO),
    person("林子涵", "zihan@mail.example", "zh-CN", &CHENGDU),
    person("Emily Clarke", "emily.clarke@mail.example", "en-GB", &LONDON),
    person("黄志强", "zhiqiang@mail.example", "zh-CN", &SHANGHAI),
    person("Pablo Ruiz", "pablo@mail.example", "en-US", &MADRID),
    person("徐佳", "xujia@mail.example", "zh-CN", &HANGZHOU),
    person("Grace Lee", "grace.lee@mail.example", "en-SG", &SINGAPORE),
    person("马晓东", "xiaodong@mail.example", "zh-CN", &BEIJING),
    person("Mia Johnson", "mia.j@mail.example", "en-US", &DENVER),
    person("胡雪", "huxue@mail.example", "zh-CN", &GUANGZHOU),
    person("Piotr Nowak", "piotr@mail.example", "en-US", &WARSAW),
    person("郭磊", "guolei@mail.example", "zh-CN", &CHENGDU),
    person("Camille Laurent", "camille@mail.example", "en-GB", &LYON),
    person("邓琳", "denglin@mail.example", "zh-CN", &SHANGHAI),
    person("Jack Wilson", "jack.wilson@mail.example", "en-AU", &MELBOURNE),
    person("曹宇", "caoyu@mail.example", "zh-CN", &BEIJING),
    person("Amelia Roy", "amelia.roy@mail.example", "en-CA", &TORONTO),
    person("冯晨", "fengchen@mail.example", "zh-CN", &HANGZHOU),
    person("Hugo Fischer", "hugo.fischer@mail.example", "en-US", &BERLIN),
];
