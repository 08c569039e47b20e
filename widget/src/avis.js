/** Entry of the widget. Where the browser is too old, or the script already ran, the link of the page stays as it is. */

import { MonAvis } from './element.js';

// Whatever has this also has custom elements and the modal dialog.
if ('adoptedStyleSheets' in Document.prototype && !customElements.get('mon-avis')) {
  customElements.define('mon-avis', MonAvis);
}
