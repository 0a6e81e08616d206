-- Messages for tests: what is written to a file is sent, what arrives is logged.
local st = require "util.stanza";
local timer = require "util.timer";
local path = module:get_option_string("test_outbox");

local quiet = module:get_option_boolean("test_quiet", false);

local function arrived(event)
	local stanza = event.stanza;
	if quiet and stanza.attr.id ~= "last" then return true; end
	local failed = stanza.attr.type == "error" and select(2, stanza:get_error());
	local text = failed or stanza:get_child_text("body") or stanza.attr.type or "";
	module:log("info", "ARRIVED %s %s %s", stanza.attr.from, stanza.attr.to, text);
	return true;
end
for _, kind in ipairs { "message/bare", "message/full" } do
	module:hook(kind, arrived, 1000);
end

timer.add_task(0.05, function ()
	local file = io.open(path);
	if file then
		os.rename(path, path .. ".taken");
		for line in file:lines() do
			local from, to, body = line:match("^(%S+) (%S+) (.*)$");
			module:send(st.message({ from = from, to = to, type = "chat", id = "t1" }):text_tag("body", body));
		end
		file:close();
	end
	return 0.05;
end);
