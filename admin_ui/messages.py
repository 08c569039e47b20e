"""What is said once on the page that follows something done, by the code in its address.

The address holds a code and never the sentence: nobody can have our pages say something else.
"""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {
    "session_finie": "Votre session est finie. Connectez-vous pour continuer.",
    "deconnecte": "Vous êtes déconnecté.",
    "mot_de_passe_change": "Votre mot de passe est changé. Vos autres sessions sont fermées.",
    "mot_de_passe_choisi": "Votre mot de passe est enregistré. Connectez-vous avec lui.",
    "nom_change": "Votre nom est enregistré.",
    "courriel_change": "Votre nouvelle adresse est enregistrée.",
    "courriel_a_confirmer": "Un lien de confirmation est parti à la nouvelle adresse. "
    "Elle comptera quand vous l’aurez suivi.",
    "lien_demande": "Si un compte a cette adresse, un lien pour choisir un mot de passe lui a été "
    "envoyé. Il vaut une heure.",
    "codes_actifs": "Les codes à usage unique sont actifs.",
    "codes_retires": "Les codes à usage unique sont retirés.",
    "jeton_revoque": "Le jeton est révoqué : il ne vaut plus rien.",
    "droit_donne": "Le droit est donné.",
    "droit_retire": "Le droit est retiré.",
    "compte_ferme": "Le compte est fermé : ses sessions et ses liens ne valent plus rien.",
    "compte_rouvert": "Le compte est rouvert.",
    "codes_retires_de": "Ses codes à usage unique sont retirés, ses sessions fermées.",
    "adresse_changee": "Son adresse est changée.",
    "session_fermee": "La session est fermée.",
    "sessions_fermees": "Vos autres sessions sont fermées.",
}
