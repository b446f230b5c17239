// A tiny single-page application: changes the address with pushState and never loads again.
const names = { pot: ['Teapots', '茶壶'], bowl: ['Bowls', '碗'], cup: ['Cups', '茶杯'], jar: ['Caddies', '茶罐'] };

function show() {
  const wanted = new URLSearchParams(location.search).get('item');
  const item = wanted in names ? wanted : 'pot';
  const chinese = document.documentElement.dataset.language === 'zh';
  document.title = `${names[item][chinese ? 1 : 0]} · ${chinese ? '窑与叶' : 'Kiln & Leaf'}`;
  document.querySelector('[data-picture]').src = `img/${item}.svg`;
  document.querySelector('[data-address]').textContent = location.pathname + location.search;
  for (const link of document.querySelectorAll('[data-item]')) {
    if (link.dataset.item === item) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('[data-item]');
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  history.pushState({ item: link.dataset.item }, '', link.getAttribute('href'));
  show();
});
addEventListener('popstate', show);
show();
