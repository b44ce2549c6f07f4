-- Something of a conversation was stored: its list goes on with it, or goes.
-- KEYS[1]: the conversation's list, a hash:
--   s, c  everything up to this message and this change is in it;   f  the number of its first message;
--   w  1 if no message is visible before that;   m  the membership that may see it (its place in the log);
--   0 to 49  the messages, each at its number modulo 50.
-- Or, before it is brought: l  the lease of who may.
-- ARGV: nothing if something other than messages was stored; else the newest change at the time, the number of the first message,
-- and the messages, one after the other.
local key, most = KEYS[1], 50

if #ARGV > 0 then
  local at = redis.call('HMGET', key, 's', 'c', 'f')
  local seq, change = tonumber(at[1]), tonumber(at[2])
  local first = tonumber(ARGV[2])
  local last = first + #ARGV - 3
  if seq and change >= tonumber(ARGV[1]) and first <= seq + 1 then
    for number = math.max(seq + 1, last - most + 1), last do
      redis.call('HSET', key, string.format('%.0f', number % most), ARGV[number - first + 3])
    end
    if last > seq then
      redis.call('HSET', key, 's', string.format('%.0f', last))
    end
    if last - tonumber(at[3]) >= most then
      redis.call('HSET', key, 'f', string.format('%.0f', last - most + 1), 'w', '0')
    end
    return
  end
end
redis.call('DEL', key)
