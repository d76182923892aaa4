"""The wire agencies that datelines name: which bracketed words after a place are an agency."""

from __future__ import annotations

import re

#: In small letters. National agencies as their own news forms name them, then the Dutch, Flemish
#: and financial desks. Left out although they exist, because they are words or parties as well:
#: MAP, TAP, EP, PL, MENA, CP.
_AGENCIES = set(
    re.findall(
        r"\S+",
        """
    afp ap reuters reuter rtr rtrs dpa anp belga efe ansa apa sda ats keystone-sda tass itar-tass
    interfax interfax-ukraine ria xinhua cns kyodo jiji yonhap kcna pti ani ians uni upi aap pa
    nzpa sapa lusa pap ctk čtk tasr sita mti hina tanjug srna fena bta bgnes agerpres mediafax
    moldpres belta ukrinform unian bns leta elta eta stt ntb tt ritzau fnb kna epd sid sta mia ata
    ana amna ana-mpa anadolu dha irna isna tasnim wam spa kuna qna petra sana nna bernama antara
    vna nan bss app ips notimex télam telam adnkronos askanews agi bloomberg afx dpa-afx afp-jiji
    novum bpp gpd cihan apn afxp ddp dapd ap-dj zapa
    """,
    )
) | {
    "dow jones",
    "prensa latina",
    "europa press",
    "ria novosti",
    "anp producties",
    "reuters breakingviews",
    "pa media",
    "canadian press",
}
#: Agencies that write no dash: `STOCKHOLM (TT) Regeringen …`, `Oslo (NTB): …`, `(PTI) The …`.
DASHLESS = frozenset(("TT", "NTB", "RITZAU", "STT", "FNB", "PTI", "IANS", "ANI", "UNI", "TASS"))

#: In these letters they are no word but an agency.
_AS_WRITTEN = frozenset(("Reuters", "Belga", "dpa", "sda", "Bloomberg", "Xinhua", "Novum"))

_JOINTS = re.compile(r" ?[/,+&] ?")
_NAME = re.compile(r"[^\W\d_][\w .\-]{0,24}\Z")


def read_agencies(written: str) -> tuple[str, ...]:
    """The agencies in `ANP/AFP/RTR` or `dpa/lno`, in capitals; empty when none of them is known.

    One known name vouches for the others: regional desks and small agencies stand beside it.
    """
    names = _JOINTS.split(written.strip())
    if not any(name.casefold() in _AGENCIES for name in names):
        names = written.split("-")
        if not all(name.casefold() in _AGENCIES for name in names):
            return ()
    if not all(_NAME.match(name) for name in names):
        return ()
    return tuple(name.upper() for name in names)


def is_agency_line(line: str) -> bool:
    """True for a line that only names agencies: "ANP", "(BELGA)", "Reuters", "/ritzau/"."""
    if len(line) > 30 or not (line.isupper() or line[0] in "(/[" or line in _AS_WRITTEN):
        return False
    return bool(read_agencies(line.strip("()[]/ ")))
