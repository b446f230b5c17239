local id, asserted, seen = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local before = fetch(base .. 'v:' .. id)
local after = lay({}, 9)
local rev = asserted
if before then
  local stored = tonumber(before.rev)
  if asserted ~= 0 and asserted < stored then return { 'ok', flat(before) } end
  rev = math.max(rev, stored)
  if before.seen > after.seen then after.seen = before.seen end
end
after.rev = int(rev + 1)
put_visitor(id, before, after, seen)
return { 'ok', flat(after) }
