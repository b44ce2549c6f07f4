-- A user says to be away, or back. KEYS[1]: the user (see hold.lua). ARGV: 1 for away, 0 for back.
-- Returns since when the user is there if that changed something, else nothing.
local since = redis.call('HGET', KEYS[1], 'since')
if not since then
  return false
end
local changed
if ARGV[1] == '1' then
  changed = redis.call('HSETNX', KEYS[1], 'away', '1')
else
  changed = redis.call('HDEL', KEYS[1], 'away')
end
return changed == 1 and since or false
