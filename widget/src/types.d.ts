/** What `schemas/formulaire.v1.json` and `schemas/avis.v1.json` promise, for the type checker. */

export interface Dimension {
  code: string;
  question: string;
  /** Labels from level 1 to level k. */
  niveaux: string[];
  obligatoire: boolean;
  dessin: 'visages' | 'aucun';
}

export interface Questionnaire {
  id: string;
  dimensions: Dimension[];
  commentaire: { question: string; aide: string; longueur: number } | null;
}

export type Textes = Record<string, string>;

/** What a comment should rather not hold. */
export interface Alerte {
  genre: string;
  /** Source of a regular expression, for the flags `iu`. */
  motif: string;
}

export interface Formulaire {
  bouton: string;
  etat: 'ouvert' | 'ferme';
  titre: string;
  titre_langue: string;
  langue: string;
  sens: 'ltr' | 'rtl';
  textes: Textes;
  envoi: string;
  /** One for all the states of an avis and all their retries: the collector counts it once. */
  cle: string | null;
  jeton: string | null;
  questionnaire: Questionnaire | null;
  /** Whether it asks what is only drawn on the hosted page. */
  cadre?: boolean;
  alertes?: Alerte[];
}

export interface Reponses {
  notes: Record<string, number>;
  verbatim?: string;
}

/** How the form is shown. */
export type Affichage = 'dialogue' | 'integre' | 'flottant' | 'lien';

/** One state of an avis; the jeton is added when it leaves. */
export interface Avis extends Reponses {
  cle: string | null;
  etape: number;
  bouton: string;
  questionnaire: string;
  langue: string;
  affichage: Affichage;
  widget: string;
}

/** Why something did not work, as told by `avis:erreur`. */
export type Cause = 'reseau' | 'origine' | 'limite' | 'serveur' | 'ferme' | 'csp';

/** What came back from the collector; `status` 0 when nothing did. */
export interface Answer {
  status: number;
  /** The JSON body, `{}` when there is none. */
  body: Record<string, unknown>;
  /** Seconds the collector asks to wait. */
  retryAfter?: number;
  /** Absent when the collector said yes. */
  cause?: Cause;
}
