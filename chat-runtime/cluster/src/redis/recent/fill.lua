-- Brings a conversation's list, if the lease is still good. It is kept for so long from now on, however it goes on.
-- KEYS[1]: the list, see note.lua. ARGV: the lease, how long to keep the list (ms), s, c, f, w, m, and the messages.
-- Returns whether it is kept.
local key = KEYS[1]
if redis.call('HGET', key, 'l') ~= ARGV[1] then
  return 0
end
redis.call('DEL', key)
redis.call('HSET', key, 's', ARGV[3], 'c', ARGV[4], 'f', ARGV[5], 'w', ARGV[6], 'm', ARGV[7])
for i = 8, #ARGV do
  redis.call('HSET', key, string.format('%.0f', (tonumber(ARGV[5]) + i - 8) % 50), ARGV[i])
end
redis.call('PEXPIRE', key, ARGV[2])
return 1
