//! Who plays in the demo and what they say.

mod en;
mod letters;
mod people;
mod shop;
mod zh;

pub use letters::{LETTERS, Letter, MACROS, Step, WHOLESALE};
pub use people::{PEOPLE, Person};
pub use shop::{BROWSERS, PAGES, REFERRERS};

/// An agent of the demo shop: name, e-mail, departments (by place in [`DEPARTMENTS`]), chats at once.
pub struct Player {
    pub name: &'static str,
    pub email: &'static str,
    pub departments: &'static [usize],
    pub limit: u32,
}

/// Who asks for nobody in particular comes to the first of them.
pub const DEPARTMENTS: [(&str, &str); 4] = [
    ("售前 Sales", "选购建议、器型、库存 · advice, shapes, stock"),
    ("售后 Support", "退换货、破损补发 · returns, replacements"),
    ("账务 Billing", "发票、付款、退款 · invoices, payment, refunds"),
    ("批发 Wholesale", "茶馆与门店订货,请留言 · tea houses and shops; leave a message"),
];

/// Nobody sits there: what is asked there becomes a message and a ticket.
pub const NOBODY_HERE: usize = 3;

pub static PLAYERS: [Player; 6] = [
    Player { name: "林晓", email: "lin.xiao@demo.example", departments: &[0, 1], limit: 3 },
    Player { name: "王芳", email: "wang.fang@demo.example", departments: &[0], limit: 4 },
    Player { name: "Emma Clark", email: "emma.clark@demo.example", departments: &[0, 1], limit: 2 },
    Player { name: "陈伟", email: "chen.wei@demo.example", departments: &[1], limit: 2 },
    Player { name: "Daniel Reyes", email: "daniel.reyes@demo.example", departments: &[1, 2], limit: 2 },
    Player { name: "赵敏", email: "zhao.min@demo.example", departments: &[2], limit: 1 },
];

/// A picture or a paper that somebody sends.
pub struct File {
    pub name: &'static str,
    pub media_type: &'static str,
    pub bytes: &'static [u8],
}

pub static CUP: File = File { name: "IMG_2041.jpg", media_type: "image/jpeg", bytes: include_bytes!("../files/cup.jpg") };
pub static LID: File = File { name: "teapot.jpg", media_type: "image/jpeg", bytes: include_bytes!("../files/lid.jpg") };
pub static SHELF: File = File { name: "kiln-shelf.jpg", media_type: "image/jpeg", bytes: include_bytes!("../files/shelf.jpg") };
pub static INVOICE: File = File { name: "invoice-8841.pdf", media_type: "application/pdf", bytes: include_bytes!("../files/invoice.pdf") };

/// What is said at once: words, a file, or both.
#[derive(Clone, Copy)]
pub struct Line {
    pub text: &'static str,
    pub file: Option<&'static File>,
}

const fn say(text: &'static str) -> Line {
    Line { text, file: None }
}

const fn show(file: &'static File, text: &'static str) -> Line {
    Line { text, file: Some(file) }
}

/// One conversation: in which department, and the lines in turn (the visitor begins). The grade is given at its end.
pub struct Scene {
    pub department: usize,
    pub lines: &'static [Line],
    pub grade: Option<(u8, &'static str)>,
}

/// The conversations of a language (`zh`, `en`).
pub fn scenes(language: &str) -> &'static [Scene] {
    if language == "zh" { &zh::SCENES } else { &en::SCENES }
}

/// The scene that begins with these words.
pub fn begun_with(words: &str) -> Option<&'static Scene> {
    zh::SCENES.iter().chain(&en::SCENES).find(|scene| scene.lines[0].text == words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_scene_is_known_by_its_first_words_and_played_by_somebody() {
        let mut begun = BTreeSet::new();
        for scene in zh::SCENES.iter().chain(&en::SCENES) {
            assert!(begun.insert(scene.lines[0].text), "{:?} begins two scenes", scene.lines[0].text);
            assert!(scene.lines[0].file.is_none() && scene.lines.len() > 2, "{:?}", scene.lines[0].text);
            assert!(PLAYERS.iter().any(|player| player.departments.contains(&scene.department)));
        }
    }

    #[test]
    fn everybody_has_an_address_of_their_own() {
        let emails: BTreeSet<&str> = PEOPLE.iter().map(|person| person.email).collect();
        assert_eq!(emails.len(), PEOPLE.len());
    }
}
