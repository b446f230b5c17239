use redis::Script;
use sockets::live::{BOARD_FIELDS, LOG_KEEPS};

macro_rules! scripts {
    ($($name:ident),* $(,)?) => {
        /// Every change is one of these, run by its hash; Redis is given the text when it does not know it (any more).
        pub(super) struct Scripts { $(pub $name: Script),* }

        impl Scripts {
            pub fn new() -> Self {
                Self { $($name: with_house(include_str!(concat!("lua/", stringify!($name), ".lua")))),* }
            }
        }
    };
}

scripts! {
    create_visitor, update_visitor, remove_visitor,
    create_agent, update_agent, remove_agent,
    create_chat, update_chat, remove_chat,
    send_chat_message, publish, since, list, sweep,
}

fn with_house(verb: &str) -> Script {
    let board = BOARD_FIELDS.map(|field| format!("'{field}'")).join(", ");
    let house = include_str!("lua/house.lua").replace("@BOARD@", &board);
    Script::new(&format!("{house}\n{verb}").replace("@KEEPS@", &LOG_KEEPS.to_string()))
}
