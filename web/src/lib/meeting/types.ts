/** Short names for the generated types. */
import type { components } from '../../schema';

type Schemas = components['schemas'];

export type Meeting = Schemas['MeetingView'];
export type Attendance = Schemas['AttendanceView'];
export type Question = Schemas['QuestionView'];
export type Voting = Schemas['VotingView'];
export type Result = Schemas['ResultView'];
export type Leak = Schemas['LeakView'];
export type Table = Schemas['TableView'];
export type Creditor = Schemas['CreditorView'];
export type Missed = Schemas['MissedView'];
export type Alarm = Schemas['AlarmView'];
export type Doubts = Schemas['DoubtsView'];
export type DoubtedOwner = Schemas['DoubtedOwner'];
export type Damaged = Schemas['DamagedView'];
export type DamagedRow = Schemas['DamagedRow'];
export type Deferred = Schemas['DeferredView'];
export type Revoked = Schemas['RevokedView'];
export type Unchecked = Schemas['UncheckedView'];
export type TrustOutlook = Schemas['TrustOutlook'];
export type MyReadiness = Schemas['MyReadiness'];
export type ReadinessView = Schemas['ReadinessView'];
export type Phone = Schemas['PhoneView'];
export type NextStep = Schemas['NextStep'];
export type Quorum = Schemas['QuorumView'];
export type Person = Schemas['PersonView'];
export type MyCreditor = Schemas['MyCreditor'];
export type Right = Schemas['RightView'];
export type MyBallot = Schemas['MyBallot'];
export type Receipt = Schemas['Receipt'];
export type MinutesFile = Schemas['MinutesFile'];
export type BallotContent = Schemas['BallotContent'];
export type Distribution = Record<string, string>;

type Commands =
  | Schemas['Convene']
  | Schemas['OpenMeeting']
  | Schemas['StartVoting']
  | Schemas['Prolong']
  | Schemas['StopVoting']
  | Schemas['CancelVoting']
  | Schemas['AnnulBallot']
  | Schemas['ReviewOwner']
  | Schemas['SetAsideDamaged']
  | Schemas['HurryMinutes']
  | Schemas['WithdrawQuestion']
  | Schemas['BarQuestion']
  | Schemas['Recess']
  | Schemas['Resume']
  | Schemas['Postpone']
  | Schemas['CancelMeeting']
  | Schemas['DeclareFailed']
  | Schemas['EndMeeting']
  | Schemas['CorrectLine']
  | Schemas['RegisterPresent']
  | Schemas['RegisterDeparture']
  | Schemas['ReceivePaper']
  | Schemas['ReadPaper']
  | Schemas['ChangePhone']
  | Schemas['Attend']
  | Schemas['Leave'];

export type Op = Commands['op'];
export type Body<O extends Op> = Omit<Extract<Commands, { op: O }>, 'op'>;
