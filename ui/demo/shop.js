// Language of the demo shop, and the buttons that open the chat through the widget's public calls.
(() => {
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem('shop-language');
    } catch {
      return null;
    }
  };
  const englishTitle = document.title;
  const speak = (language) => {
    root.dataset.language = language;
    root.lang = language === 'zh' ? 'zh-CN' : 'en';
    const chinese = document.querySelector('meta[name="title-zh"]')?.content;
    document.title = language === 'zh' && chinese ? chinese : englishTitle;
  };
  speak(stored() ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'));
  document.addEventListener('click', (event) => {
    const target = event.target.closest?.('[data-switch-language],[data-open-chat]');
    if (!target) return;
    if ('openChat' in target.dataset) return window.Switchboard?.open();
    const next = root.dataset.language === 'zh' ? 'en' : 'zh';
    speak(next);
    try {
      localStorage.setItem('shop-language', next);
    } catch {
      // Without storage the choice lasts for this page.
    }
  });
})();
