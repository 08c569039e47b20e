"""What is said once on the page that follows something done, by the code in its address.

The address holds a code and never the sentence: nobody can have our pages say something else.
"""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {
    "session_finie": "Votre session est finie. Connectez-vous pour continuer.",
    "deconnecte": "Vous êtes déconnecté.",
    "deconnecte_partout": "Vous êtes déconnecté, ici et chez votre fournisseur d’identité.",
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
    "structure_creee": "La structure est ajoutée.",
    "structure_changee": "La structure est enregistrée.",
    "jeton_revoque": "Le jeton est révoqué : il ne vaut plus rien.",
    "droit_donne": "Le droit est donné.",
    "droit_retire": "Le droit est retiré.",
    "compte_ferme": "Le compte est fermé : ses sessions et ses liens ne valent plus rien.",
    "compte_rouvert": "Le compte est rouvert.",
    "codes_retires_de": "Ses codes à usage unique sont retirés, ses sessions fermées.",
    "adresse_changee": "Son adresse est changée.",
    "identite_liee": "C’est fait : vous pouvez vous connecter ainsi la prochaine fois.",
    "identite_deliee": "Ce n’est plus lié à votre compte. Vos autres sessions sont fermées.",
    "enregistre": "C’est enregistré.",
    "demarche_creee": "La démarche est créée. Il lui faut un bouton, à poser dans sa dernière "
    "page.",
    "demarche_archivee": "La démarche est archivée. Ses boutons ne recueillent plus d’avis.",
    "demarche_desarchivee": "La démarche est sortie des archives.",
    "demarche_transferee": "La démarche a changé de structure.",
    "bouton_cree": "Le bouton est créé. Voici ce qu’il faut coller dans la page.",
    "bouton_ferme": "Le bouton est fermé : il ne recueille plus d’avis.",
    "bouton_ouvert": "Le bouton est ouvert : il recueille de nouveau des avis.",
    "session_fermee": "La session est fermée.",
    "annotation_ajoutee": "L’annotation est ajoutée.",
    "annotation_changee": "L’annotation est enregistrée.",
    "annotation_retiree": "L’annotation est retirée.",
    "sessions_fermees": "Vos autres sessions sont fermées.",
    # Questionnaire
    "questionnaire_choisi": "Ces questions sont posées dès maintenant.",
    "questionnaire_publie": "Le questionnaire est publié ; il est posé dès maintenant.",
    "questionnaire_change_ailleurs": "Rien n’a changé : les questions posées avaient changé "
    "entre-temps, ou sont déjà celles-ci.",
    "questionnaire_inconnu": "Ce questionnaire n’est pas de ceux que cette démarche peut poser.",
    "questionnaire_pris": "Rien n’est publié : une autre version du même nom vient de l’être. "
    "Recommencez.",
    "brouillon_enregistre": "Le brouillon est enregistré.",
    "brouillon_abandonne": "Le brouillon est abandonné.",
    "brouillon_absent": "Il n’y a pas de brouillon : il a été publié ou abandonné.",
    "brouillon_deja_la": "Un brouillon est déjà commencé pour cette démarche : le voici.",
    "brouillon_change_ailleurs": "Rien n’a été fait : le brouillon, ou les questions posées, ont "
    "changé entre-temps. Regardez, puis recommencez.",
    "brouillon_a_corriger": "Ce brouillon est à corriger avant d’être publié : « Publier » dit "
    "quoi.",
    # Alertes
    "alertes_choisies": "Vos choix sont enregistrés.",
    "essai_demande": "L’essai est demandé : le suivi, plus bas, dira dans un instant s’il est "
    "passé.",
    "crochet_supprime": "Le crochet est supprimé. Plus rien ne lui sera envoyé.",
    # Contacts
    "contact_efface": "L’adresse est effacée. L’avis reste.",
    "contact_absent": "Cette adresse était déjà effacée, peut-être par la personne elle-même.",
    "contacts_effaces": "Les adresses d’avant ce jour sont effacées. Leurs avis restent.",
    # Commentaires
    "commentaire_marque": "C’est noté.",
    "commentaire_etiquete": "L’étiquette est posée.",
    "commentaire_desetiquete": "L’étiquette est enlevée.",
    "avis_ecarte": "Écarté : ni le commentaire ni les réponses ne comptent plus. "
    "« Réintégrer » le fait compter de nouveau ; vous le retrouvez parmi les écartés.",
    "avis_reintegre": "Réintégré : cet avis compte de nouveau.",
    "commentaire_retire": "Retiré : plus personne ne lit ce commentaire, ses réponses comptent "
    "toujours. « Remettre » le fait revenir ; vous le retrouvez parmi les retirés.",
    "commentaire_remis": "Le commentaire est remis.",
    "commentaire_masque": "Le passage est masqué.",
    "deja_change": "Quelqu’un a changé ce commentaire avant vous : voici où il en est. "
    "Votre geste n’a rien changé.",
    "rien_a_changer": "Aucun des commentaires cochés n’était à changer.",
    "rien_de_coche": "Cochez d’abord les commentaires.",
    "geste_absent": "Choisissez d’abord quoi faire des commentaires cochés.",
    "etiquette_creee": "L’étiquette est créée.",
    "etiquette_renommee": "L’étiquette est renommée.",
    "etiquette_supprimee": "L’étiquette est supprimée.",
}
