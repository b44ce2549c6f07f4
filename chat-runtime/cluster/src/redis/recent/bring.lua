-- Brings a conversation's membership, if the lease is still good. It is kept for so long from now on.
-- KEYS[1]: the membership, a hash with its bytes in s; or, before it is brought, with the lease in l of who may.
-- ARGV: the lease, how long to keep the membership (ms), its bytes.
-- Returns whether it is kept.
local key = KEYS[1]
if redis.call('HGET', key, 'l') ~= ARGV[1] then
  return 0
end
redis.call('DEL', key)
redis.call('HSET', key, 's', ARGV[3])
redis.call('PEXPIRE', key, ARGV[2])
return 1
