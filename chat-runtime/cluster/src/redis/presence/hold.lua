-- Says which sockets of a user a gateway holds, in place of what it held before.
-- KEYS[1]: the user: a field for each socket ("<gateway>\0<socket>"), and, none of which has a \0:
--   since  when the user came, while there is a socket;   away  while the user says so;   seen  when the user left.
-- ARGV: gateway, now (ms), how long to remember (ms), how many sockets there may be for one more to be let in (0: any), that one
--   ("" for none), then the sockets.
-- Returns what changed: "came", "left" or ""; and "full", with nothing else, if the one more is not let in.
local key, gateway, now = KEYS[1], ARGV[1] .. '\0', ARGV[2]

local held, others = {}, 0
for _, field in ipairs(redis.call('HKEYS', key)) do
  if string.sub(field, 1, #gateway) == gateway then
    held[field] = true
  elseif string.find(field, '\0', 1, true) then
    others = others + 1
  end
end

local most, one_more = tonumber(ARGV[4]), ARGV[5]
local told = #ARGV - 5
local full = one_more ~= '' and most > 0 and not held[gateway .. one_more] and others + told >= most

local before = others > 0 or next(held) ~= nil
if one_more ~= '' and not full then
  table.insert(ARGV, one_more)
  told = told + 1
end
for i = 6, #ARGV do
  local field = gateway .. ARGV[i]
  if held[field] then
    held[field] = nil
  else
    redis.call('HSET', key, field, '')
  end
end
for field in pairs(held) do
  redis.call('HDEL', key, field)
end
local after = others > 0 or told > 0

local change = ''
if after and not before then
  change = 'came'
  redis.call('HSET', key, 'since', now)
  redis.call('HDEL', key, 'away')
elseif before and not after then
  change = 'left'
  redis.call('HDEL', key, 'since', 'away')
  redis.call('HSET', key, 'seen', now)
end
if before or after then
  redis.call('PEXPIRE', key, ARGV[3])
end
return full and 'full' or change
