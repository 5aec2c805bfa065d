/**
 * Why a reading of a source broke off. `login`: refused at the door; `timeout`: no answer in time; `unavailable`: no
 * line, or an answer that is none; `fault`: the source says that it failed; `incomplete`: fewer rows than it counted;
 * `wsdl_changed`: the service's description is not the one that was agreed to; `bad_mapping`: the clinic's tables are
 * not as its settings name them; `answer_mismatch`: a file is not the one that its digest is of; other `answer_…`: an answer that no honest service sends, refused before it was parsed.
 */
export type ImportFailureCode =
  | "login"
  | "timeout"
  | "unavailable"
  | "fault"
  | "incomplete"
  | "wsdl_changed"
  | "bad_mapping"
  | "source_unknown"
  | "answer_mismatch"
  | "answer_too_large"
  | "answer_encoding"
  | "answer_declarations"
  | "answer_entities"
  | "answer_depth"
  | "answer_tag"
  | "answer_broken";

/** A named failure of an import; its message holds nothing of what the source said. */
export class ImportFailure extends Error {
  override name = "ImportFailure";
  readonly code: ImportFailureCode;

  constructor(code: ImportFailureCode) {
    super(code);
    this.code = code;
  }
}
