"""The tree of refusals: each has a status, a stable code, its data, and words in two languages.

Programs read `code`, people read `title` and `detail`. A refusal means that nothing was stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from collector.domain import Texte, in_language

SHOWN = 80  # characters of a wrong value given back


def shown(text: str) -> str:
    """As much of what came as is worth giving back."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


@dataclass(frozen=True, slots=True)
class Faute:
    """One wrong field: where, what came, what was wanted."""

    champ: str
    valeur: str
    attendu: Texte

    def as_dict(self, langue: str) -> dict[str, str]:
        return {
            "champ": shown(self.champ),
            "valeur": shown(self.valeur),
            "attendu": in_language(self.attendu, langue),
        }


class Refusal(Exception):
    """What was asked cannot be done, and why. `data` fills the words."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[Texte]
    detail: ClassVar[Texte]
    usager: ClassVar[Texte | None] = None
    """On a page, for whoever came to give an avis; `detail` is then for whoever runs the site."""

    def __init__(self, *, retry_after: int | None = None, **data: str | int) -> None:
        super().__init__(self.code)
        self.retry_after = retry_after
        self.data = {
            name: shown(each) if isinstance(each, str) else each for name, each in data.items()
        }

    def fautes(self) -> tuple[Faute, ...]:
        return ()

    def problem(self, langue: str) -> dict[str, object]:
        """The RFC 9457 document that says it."""
        document: dict[str, object] = {
            "type": f"urn:jdma:erreur:{self.code}",
            "title": in_language(self.title, langue),
            "status": self.status,
            "detail": in_language(self.detail, langue).format(**self.data),
            "code": self.code,
        }
        if fautes := self.fautes():
            document["erreurs"] = [f.as_dict(langue) for f in fautes]
        return document


class NotJson(Refusal):
    status, code = 400, "json_invalide"
    title = {"fr": "Ce n’est pas du JSON", "en": "This is not JSON"}
    detail = {
        "fr": "Le corps de la requête ne se lit pas comme un objet JSON en UTF-8.",
        "en": "The body of the request cannot be read as a JSON object in UTF-8.",
    }


class Unreadable(Refusal):
    status, code = 400, "requete_illisible"
    title = {"fr": "Ce n’est pas du HTTP", "en": "This is not HTTP"}
    detail = {
        "fr": "La requête ne se lit pas comme du HTTP/1.1 : on ne sait pas où elle finit.",
        "en": "The request cannot be read as HTTP/1.1: there is no telling where it ends.",
    }


class OriginRefused(Refusal):
    status, code = 403, "origine_refusee"
    title = {"fr": "Ce site n’est pas autorisé", "en": "This site is not allowed"}
    detail = {
        "fr": "L’origine « {origine} » n’est pas dans la liste du bouton « {bouton} ». "
        "La personne qui gère ce bouton peut l’ajouter.",
        "en": "The origin “{origine}” is not on the list of the bouton “{bouton}”. "
        "The person in charge of this bouton can add it.",
    }


class JetonMissing(Refusal):
    status, code = 403, "jeton_absent"
    title = {"fr": "Il manque le jeton du formulaire", "en": "The form’s token is missing"}
    detail = {
        "fr": "Un avis porte le « jeton » donné avec les questions par /f/{bouton}.json.",
        "en": "An avis carries the “jeton” given with the questions by /f/{bouton}.json.",
    }


class JetonInvalid(Refusal):
    status, code = 403, "jeton_invalide"
    title = {"fr": "Le jeton du formulaire est faux", "en": "The form’s token is wrong"}
    detail = {
        "fr": "Le « jeton » n’a pas été donné par ce collecteur pour le bouton « {bouton} ».",
        "en": "The “jeton” was not given by this collector for the bouton “{bouton}”.",
    }


class JetonExpired(Refusal):
    status, code = 403, "jeton_perime"
    title = {"fr": "Le formulaire est resté ouvert trop longtemps", "en": "The form is too old"}
    detail = {
        "fr": "Le « jeton » a plus de {heures} heures. Il suffit d’en redemander un.",
        "en": "The “jeton” is more than {heures} hours old. Asking for a new one is enough.",
    }


class JetonApiRefused(Refusal):
    """No way in without a token that is known and still good."""

    status, code = 401, "jeton_api_absent"
    title = {"fr": "Il faut un jeton d’API", "en": "An API token is needed"}
    detail = {
        "fr": "Envoyez « Authorization: Bearer … » avec un jeton fait par « jdma jeton create ».",
        "en": "Send “Authorization: Bearer …” with a token made by “jdma jeton create”.",
    }


class JetonApiUnknown(JetonApiRefused):
    code = "jeton_api_inconnu"
    title = {"fr": "Ce jeton d’API n’existe pas", "en": "There is no such API token"}
    detail = {
        "fr": "Le jeton d’API envoyé n’est pas connu. Vérifiez qu’il est entier.",
        "en": "The API token that was sent is not known. Please check that it is whole.",
    }


class JetonApiExpired(JetonApiRefused):
    code = "jeton_api_perime"
    title = {"fr": "Ce jeton d’API n’est plus valable", "en": "This API token is no longer valid"}
    detail = {
        "fr": "Le jeton d’API « {nom} » a expiré ou a été révoqué le {le}. Demandez-en un autre.",
        "en": "The API token “{nom}” expired or was revoked on {le}. Ask for another one.",
    }


class DroitMissing(Refusal):
    status, code = 403, "droit_absent"
    title = {"fr": "Ce jeton d’API n’a pas ce droit", "en": "This API token has no such right"}
    detail = {
        "fr": "Il faut le droit « {droit} », que le jeton d’API « {nom} » n’a pas.",
        "en": "The right “{droit}” is needed, which the API token “{nom}” does not have.",
    }


class NotFound(Refusal):
    status, code = 404, "introuvable"
    title = {"fr": "Cette page n’existe pas", "en": "There is no such page"}
    detail = {
        "fr": "Rien ne se trouve à cette adresse. Vérifiez qu’elle est complète, "
        "et qu’aucune barre oblique (/) ne manque ou n’est de trop à la fin.",
        "en": "Nothing is at this address. Please check that it is complete, "
        "and that no slash (/) is missing or too many at its end.",
    }


_NO_FORM: Texte = {
    "fr": "Le lien que vous avez suivi ne mène, pour l’instant, à aucun formulaire. Vous n’y êtes "
    "pour rien, et votre démarche n’en dépend pas : ce formulaire ne sert qu’à donner un avis. "
    "Vous pouvez revenir à la page d’où vous venez. Si vous voulez nous aider, dites au site de "
    "la démarche que son bouton « Je donne mon avis » ne marche pas.",
    "en": "The link you followed leads to no form for now. You did nothing wrong, and your "
    "procedure does not depend on it: this form only asks what you think of it. You can go back "
    "to the page you come from. If you would like to help, tell the website of the procedure that "
    "its feedback button does not work.",
}


class UnknownBouton(NotFound):
    code = "bouton_inconnu"
    title = {"fr": "Ce formulaire est introuvable", "en": "This form cannot be found"}
    detail = {
        "fr": "Aucun bouton ne porte le code « {bouton} ».",
        "en": "No bouton has the code “{bouton}”.",
    }
    usager = _NO_FORM


class UnknownDemarche(NotFound):
    code = "demarche_inconnue"
    title = {"fr": "Cette démarche n’existe pas", "en": "There is no such procedure"}
    detail = {
        "fr": "Aucune démarche que vous puissiez voir ne porte le nom « {demarche} ».",
        "en": "No procedure that you may see has the name “{demarche}”.",
    }


class UnknownExterne(NotFound):
    code = "numero_inconnu"
    title = {
        "fr": "Ce formulaire est introuvable",
        "en": "This form cannot be found",
    }
    detail = {
        "fr": "Aucune démarche qui ait un bouton ne porte le numéro « {numero} ». Il s’écrit dans "
        "les réglages de la démarche.",
        "en": "No procedure that has a bouton has the number “{numero}”. It is written in the "
        "settings of the procedure.",
    }
    usager = _NO_FORM


class UnknownFormat(NotFound):
    code = "format_inconnu"
    title = {"fr": "Ce format n’existe pas", "en": "There is no such format"}
    detail = {
        "fr": "« {format} » n’est pas un format de fichier d’ici : il faut {connus}.",
        "en": "“{format}” is not a file format here: {connus} is wanted.",
    }


class UnknownRelease(NotFound):
    code = "version_inconnue"
    title = {"fr": "Cette version n’existe pas", "en": "There is no such version"}
    detail = {
        "fr": "Ce fichier n’existe pas. Les versions publiées du widget sont dans /w/index.json.",
        "en": "There is no such file. Published versions of the widget are in /w/index.json.",
    }


class MethodRefused(Refusal):
    status, code = 405, "methode_refusee"
    title = {"fr": "Cette méthode ne va pas ici", "en": "This method does not fit here"}
    detail = {
        "fr": "Cette adresse ne répond pas à la méthode {methode}.",
        "en": "This address does not answer the method {methode}.",
    }


class TooLate(Refusal):
    status, code = 409, "delai_depasse"
    title = {"fr": "Cet avis ne peut plus changer", "en": "This avis can no longer change"}
    detail = {
        "fr": "Un avis peut être complété pendant une heure. Ce qui avait été enregistré le reste.",
        "en": "An avis can be completed for one hour. What had been stored stays stored.",
    }


class Closed(Refusal):
    status, code = 410, "bouton_ferme"
    title = {
        "fr": "Cette démarche ne recueille plus d’avis",
        "en": "This procedure takes no more feedback",
    }
    detail = {
        "fr": "Le bouton « {bouton} » est fermé, ou sa démarche archivée.",
        "en": "The bouton “{bouton}” is closed, or its procedure archived.",
    }
    usager = {
        "fr": "Merci d’avoir voulu nous aider. Il n’est plus possible de donner son avis ici ; "
        "votre démarche, elle, n’en dépend pas. Vous pouvez fermer cette page, ou revenir à celle "
        "d’où vous venez.",
        "en": "Thank you for wanting to help. It is no longer possible to leave feedback here; "
        "your procedure does not depend on it. You can close this page, or go back to the one you "
        "come from.",
    }


class TooLarge(Refusal):
    status, code = 413, "trop_grand"
    title = {"fr": "C’est trop long", "en": "This is too long"}
    detail = {
        "fr": "Le corps de la requête dépasse {maximum} octets.",
        "en": "The body of the request is larger than {maximum} bytes.",
    }


class WrongType(Refusal):
    status, code = 415, "type_refuse"
    title = {"fr": "Ce type de contenu n’est pas accepté", "en": "This content type is refused"}
    detail = {
        "fr": "« {type} » n’est pas accepté ici : il faut {attendu}.",
        "en": "“{type}” is not accepted here: {attendu} is wanted.",
    }


class Invalid(Refusal):
    """One or more fields are wrong; all of them are listed."""

    status, code = 422, "avis_invalide"
    title = {"fr": "Cet avis n’est pas valable", "en": "This avis is not valid"}
    detail = {
        "fr": "À corriger : {champs}.",
        "en": "To be corrected: {champs}.",
    }

    def __init__(self, *fautes: Faute) -> None:
        super().__init__()
        self.data["champs"] = ", ".join(dict.fromkeys(shown(f.champ) for f in fautes))
        self._fautes = fautes

    def fautes(self) -> tuple[Faute, ...]:
        return self._fautes


class BadFilter(Invalid):
    """A figure was asked for with words that do not make a filter."""

    code = "filtre_invalide"
    title = {"fr": "Ce filtre n’est pas valable", "en": "This filter is not valid"}


class KeyTaken(Refusal):
    status, code = 422, "cle_deja_prise"
    title = {"fr": "Cette clé appartient à un autre avis", "en": "This key is another avis’s"}
    detail = {
        "fr": "La « cle » a déjà servi avec un autre bouton. Chaque avis a la sienne.",
        "en": "The “cle” was already used with another bouton. Each avis has its own.",
    }


class TooMany(Refusal):
    status, code = 429, "trop_de_demandes"
    title = {"fr": "Trop de demandes à la fois", "en": "Too many requests at once"}
    detail = {
        "fr": "Rien n’est enregistré. Réessayez dans {secondes} s.",
        "en": "Nothing was stored. Try again in {secondes} s.",
    }


class TooManyDownloads(TooMany):
    code = "trop_de_telechargements"
    title = {"fr": "Trop de téléchargements à la fois", "en": "Too many downloads at once"}
    detail = {
        "fr": "D’autres téléchargements sont en cours. Réessayez dans {secondes} s.",
        "en": "Other downloads are under way. Try again in {secondes} s.",
    }


class HeadTooLarge(Refusal):
    status, code = 431, "entetes_trop_grands"
    title = {"fr": "Les en-têtes sont trop longs", "en": "The headers are too long"}
    detail = {
        "fr": "L’adresse et les en-têtes de la requête dépassent {maximum} octets.",
        "en": "The address and the headers of the request are larger than {maximum} bytes.",
    }


class InternalError(Refusal):
    status, code = 500, "erreur_interne"
    title = {"fr": "Une erreur de notre côté", "en": "An error on our side"}
    detail = {
        "fr": "La demande n’a pas pu aboutir. L’erreur est notée, sans vos réponses.",
        "en": "The request could not be carried out. The error is noted, without your answers.",
    }


class FormatMissing(Refusal):
    status, code = 501, "format_absent"
    title = {"fr": "Ce format n’est pas installé", "en": "This format is not installed"}
    detail = {"fr": "{format} : {raison}", "en": "{format}: {raison}"}


class QueueFull(Refusal):
    status, code = 503, "file_pleine"
    title = {"fr": "Trop d’avis arrivent en même temps", "en": "Too many avis at the same time"}
    detail = {
        "fr": "Rien n’est enregistré. Réessayez dans {secondes} s : un avis compte une seule fois.",
        "en": "Nothing was stored. Try again in {secondes} s: an avis counts once.",
    }


class StorageDown(Refusal):
    """The store failed. A commit that failed half-way may be stored: the key settles it."""

    status, code = 503, "stockage_indisponible"
    title = {"fr": "Le service est en panne", "en": "The service is failing"}
    detail = {
        "fr": "Les avis ne peuvent être ni enregistrés ni lus en ce moment. "
        "Réessayez dans {secondes} s.",
        "en": "Avis can be neither stored nor read right now. Try again in {secondes} s.",
    }
