//! Says so when console or widget are not built; builds nothing itself. A plain `cargo build` works without Node.

use std::path::Path;

const NEEDED: [(&str, &str); 2] = [("console", "../../ui/console/dist/index.html"), ("widget", "../../ui/widget/dist/w.js")];

fn main() {
    println!("cargo:rerun-if-env-changed=SWITCHBOARD_REQUIRE_UI");
    for folder in ["../../ui/console/dist", "../../ui/widget/dist", "../../ui/demo"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let required = std::env::var_os("SWITCHBOARD_REQUIRE_UI").is_some_and(|value| value == "1");
    for (name, file) in NEEDED {
        if Path::new(file).exists() {
            continue;
        }
        assert!(!required, "the {name} is not built: {file} is missing; run ./run build");
        println!("cargo:warning=the {name} is not built; the server will say so to browsers. ./run build builds it");
    }
}
