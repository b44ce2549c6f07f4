-- core::limit::SlidingWindow on Redis' own clock, in one step.
-- KEYS[1]: the counter, "<index> <previous> <current> <window>"; forgotten once the whole quota is free again.
-- ARGV: permits, window in µs, 1 to take or 0 to look.
-- Returns whether it may pass (1 or 0), how many more could, and in how many µs: the next, if not this one; all of them.
local permits, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- The window as stored. One of another length counts other windows and begins anew.
local index, previous, current = 0, 0, 0
local stored = redis.call('GET', KEYS[1])
if stored then
  local i, p, c, w = string.match(stored, '^(%d+) (%d+) (%d+) (%d+)$')
  if tonumber(w) == window then
    index, previous, current = tonumber(i), tonumber(p), tonumber(c)
  end
end

-- Slide to now; not back, if the clock stepped back: that must not give permits away.
local here = math.floor(now / window)
if here > index then
  previous = here - index == 1 and current or 0
  current, index = 0, here
end

local passed = math.min(math.max((now - index * window) / window, 0), 1)
local function used()
  return current + previous * (1 - passed)
end

local allowed = used() < permits
if allowed then
  current = current + 1
end
local remaining = math.ceil(math.max(permits - used(), 0))

local retry = 0
if not allowed then
  local windows
  if current < permits then
    -- Within this window, as the previous one's weight falls.
    windows = 1 - (permits - current) / math.max(previous, 1) - passed
  else
    -- In the next window, when this one is the previous.
    windows = 1 - passed + 1 - permits / current
  end
  retry = math.ceil(math.max(windows, 0) * window) + 1000
end

local windows = 2 - passed
if current == 0 then
  windows = previous == 0 and 0 or 1 - passed
end
local reset = math.ceil(windows * window)

if allowed and ARGV[3] == '1' then
  local state = string.format('%.0f %.0f %.0f %.0f', index, previous, current, window)
  redis.call('SET', KEYS[1], state, 'PX', math.ceil(reset / 1000) + 1)
end
return { allowed and 1 or 0, remaining, retry, reset }
