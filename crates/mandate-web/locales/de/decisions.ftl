# Wer was entscheiden darf.
settings-tab-rights = Entscheidungsrechte
settings-tab-delegations = Stellvertretungen
settings-tab-policies = Richtlinien
