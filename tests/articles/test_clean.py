"""Furniture in four languages goes; whatever could be a sentence of an article stays."""

from __future__ import annotations

import pytest

from watcher.articles.clean import furniture

BEFORE, BEHIND = "Eerste alinea van het stuk.", "Tweede alinea van het stuk."


@pytest.mark.parametrize(
    "line",
    """
Meer uit Buitenland
Kort nieuws
Net binnen
Meest gelezen
Lees ook
Lees ook: Kabinet valt over asiel
LEES OOK | Kabinet valt over asiel
Deel dit artikel
Deel dit artikel op Facebook, X of WhatsApp
Facebook Twitter WhatsApp E-mail
Advertentie
Lees verder onder de advertentie
De tekst gaat verder onder de foto
Foto: ANP
Foto: ANP / Remko de Waal
Beeld: Getty Images
© ANP
© 2025 Ormbode. Alle rechten voorbehouden
Bent u al abonnee? Log in
Wij gebruiken cookies om de site te verbeteren.
Alle cookies accepteren
Over ons | Contact | Privacyverklaring | Cookies
Naar boven
3 min. leestijd
Laatst bijgewerkt op 3 maart 2025, 14:05
12 reacties
More world news
In other news
Read more
Read more: Council keeps its lamps
Share this article
Advertisement
Article continues below
Photo: REUTERS/Jane Roe
File photo: Reuters
Sign up for our newsletter
We use cookies to improve this site.
All rights reserved
About us | Contact | Terms of use
5 min read
Mehr zum Thema
Weitere Nachrichten
Lesen Sie auch: Streik bei der Bahn
Artikel teilen
Anzeige
Foto: Max Müller/dpa
Newsletter abonnieren
Jetzt abonnieren: unser Newsletter
Impressum | Datenschutz | AGB
Alle Rechte vorbehalten
Plus d'actualités
En bref
À lire aussi : Le pont rouvre
Partager cet article
Publicité
Crédit photo : AFP
Abonnez-vous à notre newsletter
Nous utilisons des cookies pour mesurer l'audience.
Mentions légales | CGU | Plan du site
Más noticias
""".strip().split("\n"),
)
def test_furniture_goes(line: str) -> None:
    assert furniture([BEFORE, line, BEHIND]) == {1}


@pytest.mark.parametrize(
    "line",
    """
Meer uitstoot dan ooit gemeten boven de havens van het land, zegt het instituut.
Meer van hetzelfde
Lees ook het boek van zijn vader, zei de rechter tegen de verdachte.
Deel dit met niemand, zei de minister tegen zijn ambtenaren.
Deel van het dak ingestort
Advertenties voor gokken worden vanaf juli verboden.
Foto van de minister ging de hele wereld over
Foto: de minister bij aankomst in Brussel, waar hij werd uitgefloten
Fotograaf Remko de Waal
Kort voor middernacht kwam het bericht
Cookies van de bakker waren met glas besmet
Wij gebruiken koekjes om de hond te lokken, zegt de trainer.
Ontvang gasten nooit met lege handen, zegt de kok.
Volg ons voorbeeld, zegt de premier van Noorwegen tegen de Kamer.
Contact met de capsule verbroken
Home is where the heart is
Related deaths rise in second week of heatwave
More on trial than one man
Latest attack kills three in port city of Marlow, police say
Share prices fall as Norvia cuts growth forecast
Read more books, minister tells schools
Most read the ruling as a defeat for the mayor.
Anzeige gegen Bürgermeister erstattet
Mehr Menschen ziehen aufs Land
Weitere Proteste erwartet
Teilen der Bevölkerung fehlt sauberes Wasser
Publicité mensongère : l'enseigne condamnée
Plus de morts que prévu sur les routes
Partager le pouvoir, un rêve de maire
20 Nederlanders gewond bij busongeluk
Populair minister stapt op
Print is dood, maar de krant leeft
Meer uit voorzorg dan uit noodzaak
More stories emerge of abuse at school
More bad news
Weitere Berichte über Folter
Más noticias falsas en campaña
Nieuws uit Gaza bereikt de wereld niet
Het nieuws van de eeuw
""".strip().split("\n"),
)
def test_what_could_be_news_stays(line: str) -> None:
    assert furniture([BEFORE, line, BEHIND]) == set()


def test_headlines_under_a_pointer_that_ends_the_text_go_with_it() -> None:
    assert furniture([BEFORE, BEHIND, "Lees ook", "Kabinet valt", "Wie wint?"]) == {2, 3, 4}
    assert furniture([BEFORE, "Lees ook", "Een tussenkop", BEHIND]) == {1}
    assert furniture([BEFORE, BEHIND, "Kort nieuws", "Brand in Ede"]) == {2}


def test_a_text_is_never_all_furniture() -> None:
    assert furniture(["Lees ook", "Advertentie"]) == set()
