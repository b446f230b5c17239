-- Reads records: those named, or those of the shortest of some indexes. Answers: cursor of the next part or '', then records.
-- ARGV: kind, limit, down (1) or up (0), after-score, after-member, how many ids, ids…, how many indexes, indexes…, then field and
-- value by turns that must hold. At most 2 000 candidates are looked at in one call.
local kind, limit, down, score, member = ARGV[6], tonumber(ARGV[7]), ARGV[8] == '1', ARGV[9], ARGV[10]
local at = 11
local function take_list()
  local list = {}
  local count = tonumber(ARGV[at])
  for i = 1, count do list[i] = ARGV[at + i] end
  at = at + count + 1
  return list
end
local ids, indexes = take_list(), take_list()
local first_filter = at

-- Records stay flat, as Redis gives them: a site may have a thousand agents, and everybody waits while they are listed.
local function fits(record)
  for i = first_filter, #ARGV, 2 do
    local fitting = false
    for at = 1, #record, 2 do
      if record[at] == ARGV[i] then
        fitting = record[at + 1] == ARGV[i + 1]
        break
      end
    end
    if not fitting then return false end
  end
  return true
end

local found = {}
for _, id in ipairs(ids) do
  local record = redis.call('HGETALL', base .. kind .. ':' .. id)
  if #record > 0 and fits(record) then found[#found + 1] = record end
end
if #ids > 0 then return { '', found } end

local index, size
for _, name in ipairs(indexes) do
  local members = redis.call('ZCARD', base .. 'ix:' .. kind .. ':' .. name)
  if not size or members < size then index, size = base .. 'ix:' .. kind .. ':' .. name, members end
end

local offset, looked, stale, last, more = 0, 0, {}, nil, false
while not more do
  local chunk
  if down then
    chunk = redis.call('ZREVRANGEBYSCORE', index, score ~= '' and score or '+inf', '-inf', 'WITHSCORES', 'LIMIT', offset, 200)
  else
    chunk = redis.call('ZRANGEBYSCORE', index, score ~= '' and score or '-inf', '+inf', 'WITHSCORES', 'LIMIT', offset, 200)
  end
  if #chunk == 0 then break end
  offset = offset + #chunk / 2
  for i = 1, #chunk, 2 do
    local id, its = chunk[i], chunk[i + 1]
    local passed = score ~= '' and tonumber(its) == tonumber(score) and ((down and id >= member) or (not down and id <= member))
    if not passed then
      if looked == 2000 and limit < 2000 then more = true break end
      looked = looked + 1
      local record = redis.call('HGETALL', base .. kind .. ':' .. (kind == 'a' and int(tonumber(id)) or id))
      if #record == 0 then
        stale[#stale + 1] = id
      elseif fits(record) then
        if #found == limit then more = true break end
        found[#found + 1] = record
      end
      last = int(tonumber(its)) .. ':' .. id
    end
  end
end
for _, id in ipairs(stale) do redis.call('ZREM', index, id) end
return { more and last or '', found }
