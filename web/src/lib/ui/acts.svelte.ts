/** Acts of the staff: asked for in one dialog, sent as one command, reported in one toast. */
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
  isBusy = $state(false);
  toast: { text: string; tone: 'good' | 'bad' } | null = $state.raw(null);

  ask(act: Act): void {
    this.values = Object.fromEntries((act.fields ?? []).map(({ name, value }) => [name, value ?? '']));
    this.faults = {};
    this.current = act;
    void this.#warn(act);
  }

  async #warn(act: Act): Promise<void> {
    this.warnings = null;
    const found = await act.warning?.();
    if (this.current === act) this.warnings = found ?? [];
  }

  dismiss(): void {
    this.current = null;
  }

  /** The confirmed act; false if something in the form has to be mended first. */
  async confirm(): Promise<boolean> {
    const act = this.current;
    if (!act) return false;
    for (const { name, fault } of act.fields ?? []) this.faults[name] = fault?.(this.values[name] ?? '') ?? null;
    if (Object.values(this.faults).some(Boolean)) return false;
    this.current = null;
    await this.report(act.run($state.snapshot(this.values)), act.confirm);
    return true;
  }

  /** Send something that needs no confirmation. */
  async report(sent: Promise<Settled>, done: string): Promise<void> {
    this.isBusy = true;
    const { ok, code } = await sent;
    this.isBusy = false;
    this.toast = ok ? { text: `${done}: ${s.console.done.toLowerCase()}`, tone: 'good' } : { text: s.refusal(code), tone: 'bad' };
  }
}
