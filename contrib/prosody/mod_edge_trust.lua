-- The edge may speak for every remote domain: its certificate, by an authority of ours, carries a name we know.
--
--   edge_trust_names = { "edge.int.contoso.example" }
--
-- Runs after mod_s2s_auth_certs, which checks the chain against `ssl.cafile`; without a valid chain nothing is trusted.
module:set_global();

local verify_identity = require "util.x509".verify_identity;
local names = module:get_option_set("edge_trust_names", {});

module:hook("s2s-check-certificate", function (event)
	local session, cert = event.session, event.cert;
	if not cert or session.cert_chain_status ~= "valid" then return; end
	for name in names do
		if verify_identity(name, "xmpp-server", cert) then
			session.cert_identity_status = "valid";
			return;
		end
	end
end, 400);
