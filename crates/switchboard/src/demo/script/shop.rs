//! The shop's pages, and how people come to them.

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
