"""Every page of the administration, and what it takes to open it. The tests walk this table."""

from __future__ import annotations

from admin_ui.alertes import alertes
from admin_ui.boutons import boutons, integrer, verifier
from admin_ui.commentaires import comments, labels, moderate
from admin_ui.connexion import account, link_pages, oidc_exit, oidc_pages, signin
from admin_ui.contacts import contacts
from admin_ui.demarches import demarches, reglages
from admin_ui.exploitation import journal, people, state, structures, tokens
from admin_ui.gate import ANYONE, SIGNED_IN, Page
from admin_ui.questionnaire import (
    questionnaire,
    questionnaire_draft,
    questionnaire_preview,
    questionnaire_publish,
)
from admin_ui.tableau import annotating, tableau_de_bord, telechargements

POST = ("POST",)
QUESTIONNAIRE = "/demarches/{slug}/questionnaire"
ALERTES = "/demarches/{slug}/alertes"
CROCHET = f"{ALERTES}/crochets/{{id}}"
CONTACTS = "/demarches/{slug}/contacts"
ANNOTATION = "/demarches/{slug}/annotations/{id}"

ROUTES = (
    # Coming in
    Page("/connexion", signin.get_signin, ANYONE),
    Page("/connexion", signin.post_signin, ANYONE, POST),
    Page("/connexion/code", signin.get_code, ANYONE),
    Page("/connexion/code", signin.post_code, ANYONE, POST),
    Page("/deconnexion", signin.post_signout, ANYONE, POST),
    Page("/mot-de-passe", account.get_forgotten, ANYONE),
    Page("/mot-de-passe", account.post_forgotten, ANYONE, POST),
    Page("/lien/{jeton}", link_pages.get_link, ANYONE),
    Page("/lien/{jeton}", link_pages.post_link, ANYONE, POST),
    Page("/oidc/depart", oidc_pages.get_departure, ANYONE),
    Page("/oidc/retour", oidc_pages.get_return, ANYONE),
    Page("/oidc/sortie", oidc_exit.get_exit, ANYONE),
    # One's own account
    Page("/compte", account.get_account, SIGNED_IN),
    Page("/compte/nom", account.post_name, SIGNED_IN, POST),
    Page("/compte/mot-de-passe", account.post_password, SIGNED_IN, POST),
    Page("/compte/courriel", account.post_courriel, SIGNED_IN, POST),
    Page("/compte/session", account.post_end_session, SIGNED_IN, POST),
    Page("/compte/sessions", account.post_end_sessions, SIGNED_IN, POST),
    Page("/compte/code", account.get_codes, SIGNED_IN, owing=True),
    Page("/compte/code", account.post_codes, SIGNED_IN, POST, owing=True),
    Page("/compte/sans-code", account.post_no_codes, SIGNED_IN, POST),
    Page("/compte/lier", oidc_pages.post_link, SIGNED_IN, POST),
    Page("/compte/delier", oidc_pages.post_unlink, SIGNED_IN, POST),
    # Démarches
    Page("/", demarches.get_list, SIGNED_IN),
    Page("/demarches/nouvelle", demarches.get_new, "regler"),
    Page("/demarches/nouvelle", demarches.post_new, "regler", POST),
    Page("/demarches/{slug}/reglages", reglages.get_settings, "regler"),
    Page("/demarches/{slug}/reglages", reglages.post_settings, "regler", POST),
    Page("/demarches/{slug}/reglages/archiver", reglages.get_archive, "regler"),
    Page("/demarches/{slug}/reglages/archiver", reglages.post_archive, "regler", POST),
    Page("/demarches/{slug}/reglages/desarchiver", reglages.post_unarchive, "regler", POST),
    Page("/demarches/{slug}/reglages/transferer", reglages.post_transfer, "regler", POST),
    # Boutons
    Page("/demarches/{slug}/boutons", boutons.get_list, "regler"),
    Page("/demarches/{slug}/boutons/nouveau", boutons.get_new, "regler"),
    Page("/demarches/{slug}/boutons/nouveau", boutons.post_new, "regler", POST),
    Page("/demarches/{slug}/boutons/{code}", boutons.get_edit, "regler"),
    Page("/demarches/{slug}/boutons/{code}", boutons.post_edit, "regler", POST),
    Page("/demarches/{slug}/boutons/{code}/fermer", boutons.get_close, "regler"),
    Page("/demarches/{slug}/boutons/{code}/fermer", boutons.post_close, "regler", POST),
    Page("/demarches/{slug}/boutons/{code}/ouvrir", boutons.post_open, "regler", POST),
    Page("/demarches/{slug}/boutons/{code}/integrer", integrer.get_integrate, "regler"),
    Page("/demarches/{slug}/boutons/{code}/apercu", integrer.get_preview, "regler"),
    Page("/demarches/{slug}/boutons/{code}/verifier", verifier.get_verify, "regler"),
    Page("/demarches/{slug}/boutons/{code}/verifier", verifier.post_verify, "regler", POST),
    # What the widget of a preview asks for: it sends no cookie.
    Page("/apercu/f/{code}.json", integrer.get_preview_json, ANYONE),
    Page("/apercu/f/{code}", integrer.get_preview_link, ANYONE),
    Page("/apercu/avis", integrer.post_preview, ANYONE, POST),
    # Tableau de bord
    Page("/demarches/{slug}", tableau_de_bord.get_tableau, "voir"),
    Page("/demarches/{slug}/annotations", annotating.get_new, "regler"),
    Page("/demarches/{slug}/annotations", annotating.post_new, "regler", POST),
    Page(ANNOTATION, annotating.get_one, "regler"),
    Page(ANNOTATION, annotating.post_one, "regler", POST),
    Page(f"{ANNOTATION}/retirer", annotating.get_removal, "regler"),
    Page(f"{ANNOTATION}/retirer", annotating.post_removal, "regler", POST),
    Page("/exports/avis.{format}", telechargements.get_avis_file, "telecharger"),
    Page("/exports/scores.{format}", telechargements.get_scores_file, "telecharger"),
    # Commentaires
    Page("/demarches/{slug}/commentaires", comments.get_comments, "verbatims"),
    Page("/demarches/{slug}/commentaires", moderate.post_comments, "moderer", POST),
    Page("/demarches/{slug}/commentaires/etiquettes", labels.get_labels, "moderer"),
    Page("/demarches/{slug}/commentaires/etiquettes", labels.post_label, "moderer", POST),
    Page("/demarches/{slug}/commentaires/etiquettes/nom", labels.post_rename, "moderer", POST),
    Page(
        "/demarches/{slug}/commentaires/etiquettes/supprimer", labels.post_delete, "moderer", POST
    ),
    Page("/demarches/{slug}/commentaires/{cle}", comments.get_comment, "verbatims"),
    Page("/demarches/{slug}/commentaires/{cle}", moderate.post_comment, "moderer", POST),
    # Contacts
    Page(CONTACTS, contacts.get_contacts, "contacter"),
    Page(f"{CONTACTS}/anciens", contacts.post_older, "contacter", POST),
    Page(f"{CONTACTS}/{{cle}}/effacer", contacts.get_deletion, "contacter"),
    Page(f"{CONTACTS}/{{cle}}/effacer", contacts.post_deletion, "contacter", POST),
    # Questionnaire
    Page(QUESTIONNAIRE, questionnaire.get_questionnaire, "regler"),
    Page(f"{QUESTIONNAIRE}/choix", questionnaire.get_choice, "regler"),
    Page(f"{QUESTIONNAIRE}/choix", questionnaire.post_choice, "regler", POST),
    Page(f"{QUESTIONNAIRE}/apercu", questionnaire_preview.get_preview, "regler"),
    Page(f"{QUESTIONNAIRE}/apercu", questionnaire_preview.post_preview, "regler", POST),
    Page(f"{QUESTIONNAIRE}/commencer", questionnaire.post_start, "regler", POST),
    Page(f"{QUESTIONNAIRE}/brouillon", questionnaire_draft.get_draft, "regler"),
    Page(f"{QUESTIONNAIRE}/brouillon", questionnaire_draft.post_draft, "regler", POST),
    Page(f"{QUESTIONNAIRE}/publier", questionnaire_publish.get_publish, "regler"),
    Page(f"{QUESTIONNAIRE}/publier", questionnaire_publish.post_publish, "regler", POST),
    Page(f"{QUESTIONNAIRE}/abandonner", questionnaire_draft.get_drop, "regler"),
    Page(f"{QUESTIONNAIRE}/abandonner", questionnaire_draft.post_drop, "regler", POST),
    # Alertes
    Page(ALERTES, alertes.get_alertes, "voir"),
    Page(ALERTES, alertes.post_alertes, "voir", POST),
    Page(f"{ALERTES}/crochets", alertes.post_crochet, "regler", POST),
    Page(CROCHET, alertes.get_crochet, "regler"),
    Page(CROCHET, alertes.post_crochet_alertes, "regler", POST),
    Page(f"{CROCHET}/secret", alertes.post_secret, "regler", POST),
    Page(f"{CROCHET}/essai", alertes.post_essai, "regler", POST),
    Page(f"{CROCHET}/reessai", alertes.post_retry, "regler", POST),
    Page(f"{CROCHET}/fin", alertes.post_drop_crochet, "regler", POST),
    Page("/alertes", alertes.get_mine, SIGNED_IN),
    Page("/alertes/arreter", alertes.get_stop, ANYONE),
    Page("/alertes/arreter", alertes.post_stop, ANYONE, POST, program=True),
    # The operator's
    Page("/structures", structures.get_structures, "administrer"),
    Page("/structures", structures.post_structure, "administrer", POST),
    Page("/structures/{id}", structures.get_structure, "administrer"),
    Page("/structures/{id}", structures.post_change, "administrer", POST),
    Page("/jetons", tokens.get_tokens, "administrer"),
    Page("/jetons", tokens.post_token, "administrer", POST),
    Page("/jetons/{id}/revoquer", tokens.post_revoke, "administrer", POST),
    Page("/journal", journal.get_journal, "administrer"),
    Page("/journal.{format}", journal.get_journal_file, "administrer"),
    Page("/etat", state.get_state, "administrer"),
    Page("/parametres", state.get_settings, "administrer"),
    Page("/comptes", people.get_people, "administrer"),
    Page("/comptes", people.post_people, "administrer", POST),
    Page("/comptes/{id}", people.get_person, "administrer"),
    Page("/comptes/{id}/droit", people.post_droit, "administrer", POST),
    Page("/comptes/{id}/sans-droit", people.post_drop_droit, "administrer", POST),
    Page("/comptes/{id}/lien", people.post_link, "administrer", POST),
    Page("/comptes/{id}/fermer", people.post_close, "administrer", POST),
    Page("/comptes/{id}/rouvrir", people.post_open, "administrer", POST),
    Page("/comptes/{id}/sans-code", people.post_without_codes, "administrer", POST),
    Page("/comptes/{id}/adresse", people.post_address, "administrer", POST),
)
