import { describe, expect, it } from 'vitest';
import { dayName, lastSeenText, listTime } from '../../src/state/time';

const now = new Date(2026, 10, 20, 12, 0);
const before = (days: number, hour = 11) => new Date(2026, 10, 20 - days, hour).toISOString();

describe('times in words', () => {
  it('name the day by how far it is, by the calendar and not by hours', () => {
    expect(dayName(before(0, 0), now)).toBe('Today');
    expect(dayName(before(1, 23), now)).toBe('Yesterday');
    expect(dayName(before(3), now)).toBe('Tuesday');
    expect(dayName(before(30), now)).toContain('2026');
  });

  it('show the time of today in the list, and the day of anything else', () => {
    expect(listTime(before(0, 9), now)).toMatch(/9:00/);
    expect(listTime(before(1), now)).toBe('Yesterday');
    expect(listTime(before(30), now)).toMatch(/21/);
  });

  it('say when someone was there last, or nothing more than that they are not', () => {
    expect(lastSeenText(null, now)).toBe('Offline');
    expect(lastSeenText(new Date(now.getTime() - 20_000).toISOString(), now)).toBe('Last seen just now');
    expect(lastSeenText(new Date(now.getTime() - 5 * 60_000).toISOString(), now)).toBe('Last seen 5 min ago');
    expect(lastSeenText(before(1), now)).toMatch(/^Last seen yesterday at /);
  });
});
