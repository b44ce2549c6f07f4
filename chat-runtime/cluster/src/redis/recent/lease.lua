-- Leases a conversation's list, or its membership, to whoever wants to bring it, until something of it is noted or the time is over.
-- KEYS[1]: the list, see note.lua, or the membership, see bring.lua. ARGV: a new lease, how long one is good (ms).
-- Returns the lease that is good now; nothing if what it is for is there.
if redis.call('HEXISTS', KEYS[1], 's') == 1 then
  return false
end
if redis.call('HSETNX', KEYS[1], 'l', ARGV[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('HGET', KEYS[1], 'l')
