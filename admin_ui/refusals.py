"""What the administration refuses, besides what the collector does."""

from __future__ import annotations

from collector.errors import Refusal


class NotAllowed(Refusal):
    status, code = 403, "droit_insuffisant"
    title = {"fr": "Vous n’avez pas ce droit", "en": "You may not do this"}
    detail = {
        "fr": "Votre rôle ne permet pas d’ouvrir cette page. La personne qui gère les "
        "comptes peut vous donner le droit qui manque.",
        "en": "Your role does not open this page. Whoever manages accounts can "
        "give you the right that is missing.",
    }


class Elsewhere(Refusal):
    status, code = 403, "autre_site"
    title = {"fr": "Demande venue d’un autre site", "en": "Request from another site"}
    detail = {
        "fr": "Ce formulaire n’a pas été envoyé depuis cette administration. Revenez à la page et "
        "recommencez.",
        "en": "This form was not sent from this administration. Go back to the page and try again.",
    }


class BadForm(Refusal):
    status, code = 400, "formulaire_illisible"
    title = {"fr": "Formulaire illisible", "en": "Unreadable form"}
    detail = {
        "fr": "Ce qui est arrivé ne se lit pas comme un formulaire en UTF-8.",
        "en": "What came cannot be read as a form in UTF-8.",
    }


class LinkOver(Refusal):
    status, code = 410, "lien_fini"
    title = {"fr": "Ce lien ne vaut plus rien", "en": "This link is worth nothing any more"}
    detail = {
        "fr": "Il a déjà servi, il est trop vieux, ou un plus récent le remplace. Demandez-en un "
        "autre à la personne qui gère les comptes, ou par « Mot de passe oublié ».",
        "en": "It was used, is too old, or a newer one replaces it. Ask whoever manages accounts "
        "for another one, or use “Forgotten password”.",
    }
