import type { Simulator } from './simulator.js';
import type { SimulatedPhone } from './simulated-phone.js';

/** A world to try everything in. Groups have the same JIDs in every run; invite codes are fresh. */
export interface DemoWorld {
  /** The account to link. */
  main: SimulatedPhone;
  /** JIDs by what the group is for. */
  groups: Record<DemoGroup, string>;
  /** Phone numbers (digits) by what WhatsApp says when they are added. */
  numbers: { addable: string; privacy: string; notOnWhatsApp: string; recentlyLeft: string; blocked: string };
  /** Phone numbers (digits) of those who wait to be let into `approval`; `hidden` is told by its LID alone. */
  requesters: { known: string; hidden: string };
  /** Of a group that the account is not in. */
  invites: { open: string; approval: string };
}

export type DemoGroup =
  | 'family'
  | 'choir'
  | 'neighbours'
  | 'crowd'
  | 'announcements'
  | 'approval'
  | 'guest'
  | 'locked'
  | 'everyoneAdds'
  | 'disappearing'
  | 'team'
  | 'old'
  | 'joinable'
  | 'joinableWithApproval';

const MAIN = '491555000001';
const FRIENDS = ['Ben', 'Cleo', 'Dana', 'Emil', 'Fay', 'Gus'];
const HIDDEN = '491555000095';
const CROWD = 1_024;
const FIRST_STRANGER = 491_556_000_000;

/** Fills an empty simulator. */
export function populate(simulator: Simulator): DemoWorld {
  const main = simulator.createAccount({ phone: MAIN, name: 'Ada' });
  const friends = FRIENDS.map((name, index) => simulator.createAccount({ phone: `49155500000${index + 2}`, name }));
  const [ben, cleo, dana] = friends as [SimulatedPhone, SimulatedPhone, SimulatedPhone, ...SimulatedPhone[]];
  const numbers = refusals(simulator, main);
  const make = groupMaker();
  const all = [main, ...friends].map(({ number }) => number);
  const crowd = strangers(simulator, CROWD - 1);

  const groups: DemoWorld['groups'] = {
    family: make(main, { subject: 'Family', addressingMode: 'pn', participants: all.slice(1, 4) }),
    choir: make(main, { subject: 'Choir', addressingMode: 'lid', participants: all.slice(1, 6) }),
    neighbours: make(main, { subject: 'Neighbours', addressingMode: 'pn', participants: all }),
    crowd: make(main, { subject: 'Crowd', addressingMode: 'lid', participants: crowd }),
    announcements: make(main, { subject: 'Announcements', announcement: true, participants: all }),
    approval: make(main, {
      subject: 'Ask first',
      addressingMode: 'lid',
      approval: true,
      participants: all.slice(1, 3),
    }),
    guest: make(ben, { subject: 'Ben decides', addressingMode: 'lid', participants: all }),
    locked: make(ben, { subject: 'Locked', addressingMode: 'pn', locked: true, participants: all.slice(0, 4) }),
    everyoneAdds: make(ben, {
      subject: 'Bring your friends',
      memberAddMode: 'all_member_add',
      participants: all.slice(0, 3),
    }),
    disappearing: make(cleo, { subject: 'Gone tomorrow', participants: all.slice(0, 3) }),
    team: make(cleo, { subject: 'Team', participants: all }),
    old: make(dana, {
      subject: 'Since 2014',
      addressingMode: 'pn',
      id: `${dana.number}-1400000000`,
      participants: all,
    }),
    joinable: make(ben, { subject: 'Come in', addressingMode: 'lid', participants: [cleo.number] }),
    joinableWithApproval: make(cleo, { subject: 'Knock', approval: true, participants: [ben.number] }),
  };
  main.changeDescription(groups.choir, 'Rehearsals on Thursdays');
  main.promote(groups.choir, [ben.number]);
  cleo.promote(groups.team, [main.number]);
  cleo.changeEphemeral(groups.disappearing, 86_400);
  const requesters = asking(simulator, friends.at(-1) ?? dana, main.inviteCode(groups.approval));
  for (const group of [groups.family, groups.choir]) leaver(simulator, numbers.recentlyLeft, main, group);
  return {
    main,
    groups,
    numbers,
    requesters,
    invites: { open: ben.inviteCode(groups.joinable), approval: cleo.inviteCode(groups.joinableWithApproval) },
  };
}

function groupMaker(): (maker: SimulatedPhone, input: Parameters<SimulatedPhone['createGroup']>[0]) => string {
  let made = 0;
  return (maker, input) => {
    made += 1;
    return maker.createGroup({ id: `120363${String(made).padStart(12, '0')}`, ...input });
  };
}

function strangers(simulator: Simulator, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const phone = String(FIRST_STRANGER + index);
    simulator.createAccount({ phone, name: `Stranger ${index + 1}` });
    return phone;
  });
}

function refusals(simulator: Simulator, main: SimulatedPhone): DemoWorld['numbers'] {
  simulator.createAccount({ phone: '491555000090', name: 'Hal' });
  simulator.createAccount({ phone: '491555000091', name: 'Ida (contacts only)', privacy: 'contacts' });
  simulator.createAccount({ phone: '491555000093', name: 'Jan (left)' });
  simulator.createAccount({ phone: '491555000094', name: 'Kim (blocks Ada)' }).account.block(main.account);
  return {
    addable: '491555000090',
    privacy: '491555000091',
    notOnWhatsApp: '491555000092',
    recentlyLeft: '491555000093',
    blocked: '491555000094',
  };
}

/** One whom the account knows from other groups, and a stranger who keeps the number to himself. */
function asking(simulator: Simulator, known: SimulatedPhone, code: string): DemoWorld['requesters'] {
  const hidden = simulator.createAccount({ phone: HIDDEN, name: 'Lou' });
  hidden.account.showsNumber = false;
  for (const person of [known, hidden]) person.joinByInvite(code);
  return { known: known.number, hidden: hidden.number };
}

/** Somebody who was in the group and is not any more: WhatsApp does not let him be added for a while. */
function leaver(simulator: Simulator, number: string, admin: SimulatedPhone, group: string): void {
  admin.add(group, [number]);
  simulator.phone(number).leave(group);
}
