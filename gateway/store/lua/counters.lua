-- Shared by the scripts that count what they do, in hashes `count:<family>` of numbers that only grow. A call adds its
-- counts in the same step as what it counts, so that nothing is lost or counted twice. Uses the functions of `call`.
-- COUNT_ARGS are read after the arguments of `indexes`, and before all others.

local COUNT_ARGS = {'count_prefix'}

local counters = read_args(COUNT_ARGS)
local MAX_COUNTED = 60 -- fields of a family; any further field is counted as `other`
local DELIVERY_BUCKETS_MS = {50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 1800000, 7200000}
local counted = {} -- by family and field: how many this call has counted

-- Counts in a field of a family. A field is a word, or two words of which the first may become `other`.
local function count(family, field, number)
  local fields = counted[family] or {}
  counted[family] = fields
  fields[field] = (fields[field] or 0) + (number or 1)
end

local function count_delivered(ms)
  local bucket = '+Inf'
  for _, limit in ipairs(DELIVERY_BUCKETS_MS) do
    if ms <= limit then
      bucket = tostring(limit)
      break
    end
  end
  count('delivery_ms', bucket)
  count('delivery_ms', 'sum', ms)
end

local function save_counts()
  for family, fields in pairs(counted) do
    local key = counters.count_prefix .. family
    for field, number in pairs(fields) do
      local total = redis.call('HINCRBY', key, field, number)
      -- A total that is just what was added means that the field is new.
      if total == number and redis.call('HLEN', key) > MAX_COUNTED then
        redis.call('HDEL', key, field)
        redis.call('HINCRBY', key, 'other' .. (string.match(field, ' .*') or ''), number)
      end
    end
  end
end
