//! The file stores keep what the port promises.

#[tokio::test]
async fn a_folder_keeps_the_contract() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    testkit::blob_suite::run(adapters::blob::folder(folder.path()).expect("opens")).await;
    let left = walk(folder.path()).into_iter().filter(|name| name.contains('#')).count();
    assert_eq!(left, 0, "half-written files are removed");
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    testkit::blob_suite::run(adapters::blob::memory()).await;
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("is read").flatten() {
        if entry.path().is_dir() {
            names.extend(walk(&entry.path()));
        } else {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names
}
