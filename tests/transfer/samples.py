"""Files as the tools of other systems write them, in bytes; names are reserved ones."""

ALLOWED_CSV = (
    b"#TYPE Microsoft.Rtc.Management.WritableConfig.Settings.Edge.AllowedDomain\r\n"
    b'"Identity","Domain","ProxyFqdn","VerificationLevel","Comment","MarkForMonitoring"\r\n'
    b'"fabrikam.example","fabrikam.example","sip.fabrikam.example","UseSourceVerification","Ken, INC-77","False"\r\n'
    b'"northwind.example","northwind.example","","AlwaysVerifiable","","True"\r\n'
)
BLOCKED_CSV = b'"Identity";"Domain";"Comment"\r\n"bad.example";"bad.example";"spam; a lot"\r\n'
HOSTING_CSV = (
    b'"Identity","Name","ProxyFqdn","VerificationLevel","Enabled","EnabledSharedAddressSpace","HostsOCSUsers","IsLocal",'
    b'"AutodiscoverUrl"\r\n"Microsoft 365","Microsoft 365","sipfed.online.lync.com","UseSourceVerification","True",'
    b'"True","True","False","https://webdir.online.lync.com/Autodiscover/AutodiscoverService.svc/root"\r\n'
)
XMPP_CSV = (
    b'"Identity","Domain","AdditionalDomains","PartnerType","TlsNegotiation","SaslNegotiation",'
    b'"SupportDialbackNegotiation","EnableKeepAlive","ConnectionLimit","ProxyFqdn","Description"\r\n'
    b'"jabber.example","jabber.example","System.Collections.Generic.List`1[System.String]","Federated","Required",'
    b'"NotSupported","True","True","7","","ours"\r\n'
)
CLIXML = b"""<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
  <Obj RefId="0"><TN RefId="0"><T>Deserialized.XmppAllowedPartner</T><T>System.Object</T></TN>
    <Props><S N="Identity">jabber.example</S>
      <Obj N="AdditionalDomains" RefId="1"><TN RefId="1"><T>List</T></TN><LST><S>chat.jabber.example</S></LST></Obj>
      <Obj N="TlsNegotiation" RefId="2"><TN RefId="2"><T>Enum</T></TN><ToString>Optional</ToString><I32>1</I32></Obj>
      <B N="SupportDialbackNegotiation">false</B><U32 N="ConnectionLimit">30</U32>
      <S N="Description">two_x000A_lines</S><Nil N="ProxyFqdn" /></Props></Obj>
  <Obj RefId="3"><TNRef RefId="0" /><Props><S N="Identity">im.example</S></Props></Obj>
</Objs>"""
POLICY_JSON = (
    b'[{"Identity":"Tag:Sales","EnableFederationAccess":true,"EnableOutsideAccess":false,"Description":null},'
    b'{"Identity":"Global","EnableFederationAccess":false,"EnableOutsideAccess":true}]'
)
LISTING = b"""
Identity                             : Global
AllowAnonymousUsers                  : False
AllowFederatedUsers                  : True
AllowOutsideUsers                    : True
EnablePartnerDiscovery               : True
RoutingMethod                        : UseDnsSrvRouting
DiscoveredPartnerVerificationLevel   : AlwaysUnverifiable
DiscoveredPartnerReportPeriodMinutes : 30
EnableUserReplicator                 : True

"""
TEAMS_LIST = (
    b'{"AllowFederatedUsers":true,"AllowedDomains":{"AllowedDomain":[{"Domain":"fabrikam.example"}]},'
    b'"BlockedDomains":[{"Domain":"bad.example"}]}'
)
TEAMS_ALL = (
    b'{"AllowFederatedUsers":true,"AllowedDomains":{"AllowAllKnownDomains":{}},"BlockedDomains":["bad.example"]}'
)
TEAMS_TEXT = b'{"AllowedDomains":"Domain=fabrikam.example,Domain=northwind.example","BlockedDomains":[]}'
TEAMS_EMPTY = b'{"AllowedDomains":{},"BlockedDomains":{}}'
MASTODON_CSV = (
    b"#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
    b"bad.example,suspend,false,false,spam wave,false\nnoisy.example,silence,true,false,,false\n"
    b"quiet.example,noop,false,false,,false\nb*d.example,suspend,false,false,,true\n"
)
MASTODON_JSON = b'[{"domain":"bad.example","severity":"suspend","private_comment":null,"public_comment":"spam"}]'
GOTOSOCIAL_JSON = b'[{"domain":"bad.example","suspended_at":"2025-01-05T10:00:00Z","public_comment":"spam"}]'
OPENFIRE_CSV = b"xmppDomain,remotePort,permission\npartner.example,5270,allowed\nbad.example,,blocked\n"
OPENFIRE_XML = b'<properties><property key="xmpp.server.permission" value="blacklist"/></properties>'
PROSODY = b"""-- servers we know
s2s_whitelist = { "partner.example"; 'other.example' }   --[[ s2s_blacklist = { "trap.example" } ]]
s2s_blacklist = { [[bad.example]] }
VirtualHost "im.example"
  s2s_blacklist = { "worse.example" }
s2sout_override = { ["partner.example"] = "tcp://sip.partner.example:5270" }
"""
EJABBERD = b"""hosts: ["contoso.example"]
listen:
  - port: 5269   # s2s
    module: ejabberd_s2s_in
acl:
  bad_servers: {server: ["bad.example"], server_glob: ["*.spam.example"]}
  good:
    server:
      - "partner.example"   # why
      - other.example
  unused: {server: "unused.example"}
access_rules:
  s2s:
    - deny: bad_servers
    - allow: good
    - deny
s2s_access: s2s
"""
PLAIN = b"# INC-1234 phishing wave\nbad.example            # seen 2025-01-04\n*.worse.example, @third.example\n"
EVENTS_TEXT = b"""Event[0]:
  Log Name: Lync Server
  Event ID: 14601
  Description:
Discovered partners. Name: sip.fabrikam.example; Domains: fabrikam.example
 Name: edge.northwind.example; Domains: northwind.example, it.northwind.example

Event[1]:
  Event ID: 14603
  Description:
A partner was throttled. Certificate Subject: "CN=edge.northwind.example, O=Northwind"

Event[2]:
  Event ID: 41024
  Description: Name: sip.other.example; Domains: other.example
"""
EVENTS_CSV = (
    b'#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n"Message","Id","TimeCreated"\r\n'
    b'"Partners. Name: sip.fabrikam.example; Domains: fabrikam.example","14601","1/5/2025 10:00:00 AM"\r\n'
    b'"Peer reached the limit. Certificate Subject: ""CN=sip.litware.example""","14508","1/5/2025 10:00:00 AM"\r\n'
    b'"Name: sip.other.example; Domains: other.example","41024","1/5/2025 10:00:00 AM"\r\n'
)
EVENTS_XML = (
    b"<?xml version='1.0' encoding='utf-16'?><Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"
    b"<System><EventID Qualifiers='0'>14601</EventID></System><EventData>"
    b"<Data>Name: sip.fabrikam.example; Domains: fabrikam.example</Data></EventData></Event>"
)
TOML = b"""version = 1
[access_edge]
federation = true

[[domain]]
name = "fabrikam.example"
action = "allow"
"""
OWN_JSON = b'{"edgeconsole": 1, "domain": [{"name": "fabrikam.example", "action": "allow"}]}'
OWN_CSV = b'table,name,action,tags\r\ndomain,fabrikam.example,allow,"[""a""]"\r\n'

GOOD = {
    "powershell-csv": [ALLOWED_CSV, BLOCKED_CSV, HOSTING_CSV, XMPP_CSV],
    "clixml": [CLIXML],
    "powershell-json": [POLICY_JSON],
    "listing": [LISTING],
    "teams": [TEAMS_LIST, TEAMS_ALL, TEAMS_TEXT, TEAMS_EMPTY],
    "mastodon": [MASTODON_CSV, MASTODON_JSON, GOTOSOCIAL_JSON],
    "openfire": [OPENFIRE_CSV, OPENFIRE_XML],
    "prosody": [PROSODY],
    "ejabberd": [EJABBERD],
    "event-log": [EVENTS_TEXT, EVENTS_CSV, EVENTS_XML],
    "toml": [TOML],
    "json": [OWN_JSON],
    "csv": [OWN_CSV],
}
"""Good files by the kind that their content tells."""

EVERY_GOOD = [(kind, content) for kind, contents in GOOD.items() for content in contents]
