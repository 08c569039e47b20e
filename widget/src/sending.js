/**
 * Sending the states of one avis: one request in flight, the newest state next, retries that the collector's key makes
 * harmless. Nothing is kept outside memory.
 */

/** @import {Answer, Avis} from './types.d.ts' */

const TRIES = 3;
/** Longest wait, in seconds, the collector may ask for before the person is told instead. */
const PATIENCE = 10;

/**
 * @typedef {object} Means
 * @property {(avis: Avis) => Promise<Answer>} post posts with the jeton of the moment
 * @property {() => Promise<boolean>} renew fetches a new jeton; whether it did
 * @property {(milliseconds: number) => Promise<void>} pause
 * @property {() => number} draw in [0, 1), at random
 */

/**
 * @param {Means} means
 * @returns {(avis: Avis) => Promise<Answer | undefined>} resolves with the last answer, or with `undefined` when a newer
 *   state is to be sent: its own answer will tell more
 */
export function createSender({ post, renew, pause, draw }) {
  /** @type {Avis} */
  let newest;
  /** @type {Promise<Answer | undefined> | undefined} */
  let last;

  return (avis) => {
    newest = avis;
    last = last?.then(() => deliver(avis)) ?? deliver(avis);
    return last;
  };

  /**
   * @param {Avis} avis
   * @returns {Promise<Answer | undefined>}
   */
  async function deliver(avis) {
    // Sending a state that is already overtaken would only make the newer one wait.
    for (let tries = 1; avis === newest; tries++) {
      const answer = await postWithFreshJeton(avis);
      const wait = secondsToWait(answer, tries);
      if (avis !== newest) break;
      if (wait === undefined) return answer;
      await pause(wait * 1000);
    }
    return undefined;
  }

  /** @param {Avis} avis */
  async function postWithFreshJeton(avis) {
    const answer = await post(avis);
    return answer.body.code === 'jeton_perime' && (await renew()) ? post(avis) : answer;
  }

  /**
   * @param {Answer} answer
   * @param {number} tries how many were made
   * @returns {number | undefined} `undefined` when no other try is to be made
   */
  function secondsToWait(answer, tries) {
    const wait = answer.retryAfter ?? 0.3 * 2 ** tries * (0.5 + draw());
    return mayRetry(answer) && tries < TRIES && wait <= PATIENCE ? wait : undefined;
  }
}

/**
 * Whether the same request may succeed later. Nothing came back counts, unless the page itself forbids the request.
 *
 * @param {Answer} answer
 */
export function mayRetry({ status, cause }) {
  if (cause === 'csp' || cause === 'origine') return false;
  return status === 0 || status === 408 || status === 429 || status >= 500;
}
