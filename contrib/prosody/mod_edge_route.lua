-- Every stream to another server goes to the edge instead of to what DNS says.
--
--   edge_route_host = "edge.int.contoso.example"    -- a name or an address
--   edge_route_port = 23456
--
-- mod_s2s asks net.resolvers.service where a domain is; here it is always told the same. Everything else of mod_s2s,
-- queues and the errors of what cannot be delivered included, stays as it is.
module:set_global();

local service = require "net.resolvers.service";
local basic = require "net.resolvers.basic";

local host = assert(module:get_option_string("edge_route_host"), "edge_route_host is not set");
local port = module:get_option_number("edge_route_port", 23456);

local ask_dns = service.new;
local nowhere = { next = function (_, found) found(nil); end };

function service.new(name, kind, protocol, extra)
	if kind == "xmpp-server" then
		return basic.new(host, port, protocol, extra);
	elseif kind == "xmpps-server" then
		return nowhere;
	end
	return ask_dns(name, kind, protocol, extra);
end

function module.unload()
	service.new = ask_dns;
end
