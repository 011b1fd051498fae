"""Words customers see for OWRS field names, in English and Spanish."""

from __future__ import annotations

_KNOWN = {
    "service_charge": ("Service charge", "Cargo por servicio"),
    "commodity_charge": ("Water use", "Consumo de agua"),
    "fixed_drought_surcharge": ("Drought surcharge", "Recargo por sequía"),
    "variable_drought_surcharge": ("Drought surcharge on use", "Recargo por sequía sobre el consumo"),
    "fixed_wastewater_charge": ("Wastewater charge", "Cargo por aguas residuales"),
    "variable_wastewater_charge": ("Wastewater charge on use", "Aguas residuales según consumo"),
    "fixed_sewer_charge": ("Sewer charge", "Cargo por alcantarillado"),
    "sewer_charge": ("Sewer charge on use", "Alcantarillado según consumo"),
    "conservation_program_charge": ("Conservation program", "Programa de conservación"),
    "conservation_charge": ("Conservation program", "Programa de conservación"),
    "conservation_fund_charge": ("Conservation fund", "Fondo de conservación"),
    "water_treatment_charge": ("Water treatment", "Tratamiento de agua"),
    "cost_adjustment_charge": ("Water cost adjustment", "Ajuste por costo del agua"),
    "utility_surcharge": ("Utility surcharge", "Recargo del servicio"),
    "elevation_charge": ("Pumping by elevation", "Bombeo por elevación"),
    "connection_fee": ("Connection fee", "Cargo por conexión"),
    "carw_charge": ("Customer assistance", "Ayuda al cliente"),
}


def label_of(code: str) -> str:
    """English label: a known field's own words, else the field's name in words."""
    name = code.rpartition(".")[2] if code not in _KNOWN else code
    if name in _KNOWN:
        return _KNOWN[name][0]
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def label_es_of(code: str) -> str:
    """Spanish label where the field is known; empty otherwise, and English is shown."""
    return _KNOWN.get(code.rpartition(".")[2], ("", ""))[1]
