/** Entry of the widget. Where the browser is too old, or the script already ran, the link of the page stays as it is. */

import { MonAvis } from './element.js';

const { customElements } = globalThis;
// Whatever has adopted sheets also has the modal dialog; custom elements may have been taken away.
if (customElements && 'adoptedStyleSheets' in Document.prototype && !customElements.get('mon-avis')) {
  customElements.define('mon-avis', MonAvis);
}
