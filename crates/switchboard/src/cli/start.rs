use super::{Done, File, say};
use crate::config::Config;
use crate::serve::{self, Doors};
use crate::{App, demo, ops};

pub async fn serve(file: &File) -> Done {
    let config = file.load()?;
    ops::start_log(&config)?;
    let doors = Doors::open(&config).await?;
    let app = App::open(config, &doors.url).await?;
    let link = app.first_start().await?;
    greet(&app, &doors, link.as_deref());
    Ok(serve::run(app, doors).await?)
}

/// As [`serve`], with a play in it. Without a data folder of its own it leaves nothing behind.
pub async fn demo(file: &File) -> Done {
    let mut config = file.load()?;
    let folder = tempfile::tempdir()?;
    if config.root.data == Config::default().root.data {
        config.root.data = folder.path().to_owned();
    }
    demo::prepare(&mut config)?;
    ops::start_log(&config)?;
    let doors = Doors::open(&config).await?;
    let pages = config.root.public_url.as_deref().unwrap_or(&doors.url).trim_end_matches('/').to_owned();
    let known = demo::play_the_past(config.clone(), &pages, &demo::hooks(&doors.url)).await?;
    let app = App::open_with(config, &doors.url, std::sync::Arc::new(base::SystemClock), true).await?;
    app.first_start().await?;
    let link = app.link_for(demo::ADMIN).await?;
    greet(&app, &doors, Some(&link));
    say(&format!("\n  shop     {pages}/demo/"));
    let url = doors.url.clone();
    tokio::spawn(async move {
        if let Err(err) = demo::play(&url, &pages, known).await {
            tracing::warn!(error = %err, "the demo's people did not come");
        }
    });
    Ok(serve::run(app, doors).await?)
}

/// Where it is, in the language of the terminal.
fn greet(app: &App, doors: &Doors, link: Option<&str>) {
    let Config { root, .. } = &app.config;
    let words = if crate::config::speaks_chinese() { &ZH } else { &EN };
    say(&format!("Switchboard {} · {}", env!("CARGO_PKG_VERSION"), words.runs));
    say(&format!("  {}  {}", words.console, app.parts.public_url));
    if *app.parts.public_url != *doors.url {
        say(&format!("  {}  {}", words.listens, doors.url));
    }
    say(&format!("  admin    {}", doors.admin_url));
    say(&format!("  {}  {}", words.data, root.data.display()));
    if let Some(link) = link {
        say(&format!("\n{}\n  {link}", words.first));
    }
}

struct Words {
    runs: &'static str,
    console: &'static str,
    listens: &'static str,
    data: &'static str,
    first: &'static str,
}

const EN: Words = Words {
    runs: "running",
    console: "console",
    listens: "listens",
    data: "data   ",
    first: "Sign in for the first time with this link; it works once:",
};

const ZH: Words = Words { runs: "已启动", console: "控制台 ", listens: "监听   ", data: "数据   ", first: "首次登录请打开此链接（仅可使用一次）：" };
