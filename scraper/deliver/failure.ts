/**
 * Why a file did not get to whom it is for. `login`: refused at the door; `host_key_mismatch`: another machine answers;
 * `timeout`: no answer in time; `unavailable`: no line, or it broke; `refused`: the other side does not let us write,
 * rename or list; `file_mismatch`: the edge's file is not what the job says; `cut`: what was written is
 * not what is there; `name_taken`: another file bears the name; `in_doubt`: it may have been fetched already;
 * `cancelled`: not wanted any more.
 */
export type DeliveryFailureCode =
  | "login"
  | "host_key_mismatch"
  | "timeout"
  | "unavailable"
  | "refused"
  | "file_mismatch"
  | "cut"
  | "name_taken"
  | "in_doubt"
  | "cancelled";

/** A named failure of a delivery; its message holds nothing of the file. */
export class DeliveryFailure extends Error {
  override name = "DeliveryFailure";
  readonly code: DeliveryFailureCode;

  constructor(code: DeliveryFailureCode) {
    super(code);
    this.code = code;
  }
}
