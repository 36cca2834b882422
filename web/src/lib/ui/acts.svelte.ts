/** Acts of the staff: asked for in one dialog, sent as one command; a yes is told in a toast, a refusal in the dialog that stays open. */
import type { Settled } from '../live/client';
import { s } from '../i18n/ru_staff';

export interface ActField {
  name: string;
  label: string;
  hint?: string;
  value?: string;
  /** The value of `checks` is what is ticked, joined by commas. */
  kind?: 'text' | 'area' | 'select' | 'checks';
  options?: [value: string, text: string][];
  inputmode?: 'text' | 'numeric' | 'decimal';
  /** A sentence when the text will not do. */
  fault?: (text: string) => string | null;
}

export interface Act {
  title: string;
  text?: string;
  fields?: ActField[];
  confirm: string;
  danger?: boolean;
  /** What to think of before it is confirmed; asked when the dialog opens. */
  warning?: (() => Promise<string[]>) | undefined;
  warningTitle?: string;
  run: (values: Record<string, string>) => Promise<Settled>;
}

export class Acts {
  current: Act | null = $state.raw(null);
  values: Record<string, string> = $state({});
  faults: Record<string, string | null> = $state({});
  /** Of the current act; null while they are on their way. */
  warnings: string[] | null = $state.raw(null);
  /** Why the server refused the current act; what was typed is still there. */
  refusal: string | null = $state(null);
  isBusy = $state(false);
  toast: { text: string; tone: 'good' | 'bad' } | null = $state.raw(null);

  #sent: Act | null = $state.raw(null);
  /** The answer to the current act is on its way. */
  readonly isSending = $derived(this.current !== null && this.current === this.#sent);

  ask(act: Act): void {
    this.values = Object.fromEntries((act.fields ?? []).map(({ name, value }) => [name, value ?? '']));
    this.faults = {};
    this.refusal = null;
    this.current = act;
    void this.#warn(act);
  }

  async #warn(act: Act): Promise<void> {
    this.warnings = null;
    const found = await act.warning?.();
    if (this.current === act) this.warnings = found ?? [];
  }

  /** What is already sent is not taken back. */
  dismiss(): void {
    this.current = null;
  }

  /** The confirmed act; false if something in the form has to be mended first. */
  async confirm(): Promise<boolean> {
    const act = this.current;
    if (!act || this.isSending) return false;
    for (const { name, fault } of act.fields ?? []) this.faults[name] = fault?.(this.values[name] ?? '') ?? null;
    if (Object.values(this.faults).some(Boolean)) return false;
    this.refusal = null;
    this.#sent = act;
    const { ok, code } = await act.run($state.snapshot(this.values));
    if (this.#sent === act) this.#sent = null;
    this.#tell(act, ok, code);
    return true;
  }

  #tell(act: Act, ok: boolean, code: string | null): void {
    const isOpen = this.current === act;
    if (ok && isOpen) this.current = null;
    if (!ok && isOpen) this.refusal = s.refusal(code);
    else this.#report(ok, code, act.confirm);
  }

  /** Send something that needs no confirmation. */
  async report(sent: Promise<Settled>, done: string): Promise<void> {
    this.isBusy = true;
    const { ok, code } = await sent;
    this.isBusy = false;
    this.#report(ok, code, done);
  }

  /** Send what a form of its own has asked for: null after a yes, else the refusal, for the form or, once it is closed, in a toast. */
  async refusalOf(sent: Promise<Settled>, done: string, isOpen: () => boolean): Promise<string | null> {
    const { ok, code } = await sent;
    if (ok || !isOpen()) this.#report(ok, code, done);
    return ok ? null : s.refusal(code);
  }

  #report(ok: boolean, code: string | null, done: string): void {
    this.toast = ok ? { text: `${done}: ${s.console.done.toLowerCase()}`, tone: 'good' } : { text: s.refusal(code), tone: 'bad' };
  }
}
