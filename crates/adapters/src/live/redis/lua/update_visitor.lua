local id, if_rev, seen = ARGV[6], ARGV[7], ARGV[8]
local key = base .. 'v:' .. id
local before = fetch(key)
if not before then return { 'missing' } end
if if_rev ~= '' and if_rev ~= before.rev then return { 'changed' } end
local after = lay(copy(before), 9)
if before.seen > after.seen then after.seen = before.seen end
if differs(before, after, 'seen') then
  after.rev = int(tonumber(before.rev) + 1)
  put_visitor(id, before, after, seen)
elseif seen ~= '' then
  redis.call('HSET', key, 'seen', after.seen)
  redis.call('ZADD', base .. 'ix:v:seen', 'GT', seen, id)
end
return { 'ok', flat(after) }
