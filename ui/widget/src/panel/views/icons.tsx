/** Line icons, drawn here so that nothing is fetched for them. */

const paths = {
  close: 'M6 9l6 6 6-6',
  cross: 'M6 6l12 12M18 6L6 18',
  send: 'M12 19V5M5.5 11.5L12 5l6.5 6.5',
  clip: 'M20.5 11.5l-8.6 8.6a5.3 5.3 0 0 1-7.5-7.5l8.9-8.9a3.5 3.5 0 0 1 5 5l-8.8 8.8a1.8 1.8 0 0 1-2.5-2.5l8-8',
  bell: 'M18 9a6 6 0 1 0-12 0c0 6-2.5 7.5-2.5 7.5h17S18 15 18 9M10 20a2.3 2.3 0 0 0 4 0',
  mute: 'M18 9a6 6 0 0 0-10.4-4M6 9c0 6-2.5 7.5-2.5 7.5H17M10 20a2.3 2.3 0 0 0 4 0M3.5 3.5l17 17',
  leave: 'M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M15.5 8l4 4-4 4M19.5 12H9.5',
  file: 'M13.5 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8.5zM13.5 3v5.5H19',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2.5 12.5L7 17l9-9.5M11.5 15.5L13 17l9-9.5',
  clock: 'M12 7.5V12l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18',
  alert: 'M12 8v5M12 16.5v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18',
  talk: 'M21 11.5a8.4 8.4 0 0 1-8.5 8.3 8.7 8.7 0 0 1-3.6-.8L3.5 20.5l1.4-4.6A8.1 8.1 0 0 1 4 11.5a8.4 8.4 0 0 1 8.5-8.3 8.4 8.4 0 0 1 8.5 8.3z',
  mail: 'M4 6h16v12H4zM4 7l8 6 8-6',
  down: 'M12 5v14M5.5 12.5L12 19l6.5-6.5',
  star: 'M12 3.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z',
} as const;

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class={'icon icon-' + name} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
