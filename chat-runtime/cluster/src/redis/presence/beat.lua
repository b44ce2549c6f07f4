-- A gateway lives. KEYS[1]: when each gateway was heard of, in ms. ARGV: gateway, now (ms), the expiry (ms).
-- Returns whether it was known (1 or 0), and the gateways that are silent for longer than the expiry.
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
local silent = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', ARGV[2] - ARGV[3]))
return { known and 1 or 0, silent }
