/**
 * `isolation="cadre"`: the hosted form in a frame of the panel. What is typed there is out of reach of the page's own
 * scripts. Of what happens inside, cadre.js tells us by messages, which carry no answer.
 */

import { html } from './dom.js';
import { tellFailure } from './notice.js';
import { watchPolicy } from './policy.js';
import { wordsIn } from './texts.js';

/** @import {Setting, Visit} from './visit.js' */
/** @import {Cause} from './types.d.ts' */

/** Milliseconds a frame that has loaded may stay silent. */
const SILENCE = 1000;

/**
 * @param {Setting} setting
 * @returns {Visit}
 */
export function createFrame({ link, language, panel, emit, giveUp }) {
  const { content, status, dialog, heading } = panel;
  /** @type {HTMLIFrameElement | undefined} */
  let frame;
  let heard = false;
  let touched = false;

  /** @param {MessageEvent} event */
  function listen({ source, data }) {
    // In its sandbox the frame has no origin of its own: who speaks is told by its window.
    if (!frame || source !== frame.contentWindow || data?.avis !== 1) return;
    const { type, hauteur, titre } = data;
    heard = true;
    if (type === 'hauteur') {
      frame.style.height = `${hauteur}px`;
      frame.title = titre;
    }
    // A newer collector may say more: what is not known here is let pass.
    if (type === 'fermer') dialog?.close();
    if (type === 'touche') touched = true;
    if (type === 'envoye') {
      touched = false;
      emit(type);
    }
  }

  async function begin() {
    if (frame) return;
    const url = new URL(link.href);
    const theme = link.closest('mon-avis')?.getAttribute('theme');
    url.search = `?cadre=${dialog ? 'dialogue' : 1}&lang=${language()}&theme=${theme}`;
    frame = html('iframe.avis-cadre', {
      src: url.href,
      title: heading.textContent ?? '',
      // Without allow-same-origin nothing can be kept on the device, whatever is in the frame.
      sandbox: 'allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox',
    });
    const policy = watchPolicy(url.href);
    addEventListener('message', listen);
    status.replaceChildren();
    content.replaceChildren(frame);
    await new Promise((resume) => frame?.addEventListener('load', resume, { once: true }));
    if (!heard) await new Promise((resume) => setTimeout(resume, SILENCE));
    /** @type {Cause} */
    const cause = (await policy.refused()) ? 'csp' : 'origine';
    policy.stop();
    if (heard) return;
    stop();
    giveUp?.();
    emit('erreur', { cause });
    const words = wordsIn(language());
    tellFailure(status, words, undefined, { status: 0, body: {}, cause }, begin, link, link.href);
  }

  function stop() {
    removeEventListener('message', listen);
    frame?.remove();
    frame = undefined;
    heard = touched = false;
  }

  return { begin, touched: () => touched, leave() {}, stop };
}
