/** Dry runs and founding of a meeting from files, as the API speaks of them. */
import { get, post } from '../http';

export interface Fault {
  file: 'register' | 'contacts' | 'agenda';
  severity: 'fault' | 'warning';
  code: string;
  text: string;
  row: number | null;
  column: string | null;
  path: string | null;
}

export interface Mapping {
  columns: Record<string, string>;
  header_row: number;
  unit: 'rubles' | 'kopecks';
  sheet: string | null;
}

export interface Column {
  letter: string;
  heading: string;
  samples: string[];
  field: string | null;
}

export interface RegisterReport {
  ok: boolean;
  faults: Fault[];
  faults_total: number;
  columns: Column[];
  mapping: Mapping | null;
  mapping_was_remembered: boolean;
  creditors: number;
  links: number;
  sums: { claims: string; secured: string; penalties: string; repaid: string };
}

export interface QuestionSummary {
  id: string;
  topic: string;
  title: string;
  secrecy: string;
  options: number;
  nested: QuestionSummary[];
}

export interface AgendaReport {
  ok: boolean;
  faults: Fault[];
  faults_total: number;
  debtor: string | null;
  case_no: string | null;
  starts_at_ms: number | null;
  questions_total: number;
  questions: QuestionSummary[];
}

export interface Files {
  register: File;
  contacts: File | null;
  agenda: File;
  mapping: Mapping | null;
}

export type Policy = 'qualified' | 'simple' | 'off';
export type BasisKind = 'decision' | 'agreement';

/** How ballots are signed; codes from SMS need a legal basis. */
export interface Signing {
  policy: Policy;
  basis: { kind: BasisKind; document: string } | null;
}

/** What this server offers; the first is its default. */
export async function offeredPolicies(): Promise<Policy[]> {
  return (await get<{ policies: Policy[] }>('/api/policies')).policies;
}

export function tryRegister(files: Files): Promise<RegisterReport> {
  return post('/api/imports/register', form(files, ['register', 'contacts', 'mapping']));
}

export function tryAgenda(files: Files): Promise<AgendaReport> {
  return post('/api/imports/agenda', form(files, ['agenda']));
}

export function createMeeting(files: Files, signing: Signing, person: string): Promise<{ meeting: string; page: string }> {
  const all = form(files, ['register', 'contacts', 'mapping', 'agenda']);
  all.append('signing', JSON.stringify(signing));
  return post(`/api/meetings?${new URLSearchParams({ p: person })}`, all);
}

function form(files: Files, parts: (keyof Files)[]): FormData {
  const body = new FormData();
  for (const part of parts) {
    const value = files[part];
    if (value instanceof File) body.append(part, value, value.name);
    else if (value !== null) body.append(part, JSON.stringify(value));
  }
  return body;
}
