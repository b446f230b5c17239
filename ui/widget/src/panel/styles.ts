/** The panel's style sheets as one text. */
import bars from './styles/bars.css?inline';
import controls from './styles/controls.css?inline';
import frame from './styles/frame.css?inline';
import thread from './styles/thread.css?inline';

export const panelCss = frame + controls + thread + bars;
