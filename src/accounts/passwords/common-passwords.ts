/** Passwords of eight or more characters that are tried first everywhere; runs and repeats are caught by rule. */
const list = `
password password1 password12 password123 password1234 password! password1! passw0rd passw0rd1 p@ssw0rd p@ssword
pa55word pa55w0rd passwort passwort1 passwort123 passwordpassword mypassword letmein1 letmein123 letmeinnow welcome1
welcome123 welcome2024 welcome2025 welcome2026 willkommen willkommen1 qwertyui qwertyuiop qwerty12 qwerty123
qwerty1234 qwerty12345 qwertz123 qwertzui qwertzuiop 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc zaq12wsx qazwsxedc
q1w2e3r4 q1w2e3r4t5 asdfghjk asdfghjkl asdfasdf asdf1234 zxcvbnm1 zxcvbnm123 iloveyou iloveyou1 ichliebedich
sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball superman superman1 batman123
starwars starwars1 pokemon1 pokemon123 dragon123 dragon12 monkey123 shadow123 master123 michael1 jennifer jessica1
charlie1 jordan23 trustno1 whatever whatever1 computer computer1 internet internet1 samsung1 samsung123 google123
facebook facebook1 linkedin adobe123 admin123 admin1234 admin12345 administrator adminadmin root1234 rootroot
toor1234 test1234 test12345 testtest testing1 testing123 changeme changeme1 changeme123 default1 guest123 guest1234
secret12 secret123 access14 hello123 hello1234 hallo123 hallo1234 schatz123 sommer2024 sommer2025 sommer2026
summer2024 summer2025 summer2026 winter2024 winter2025 winter2026 spring2025 spring2026 herbst2025 herbst2026
abcd1234 abc12345 abc123456 abcabcabc a1b2c3d4 a123456789 aa123456 aa12345678 1234qwer 123qweasd 123qwe123
12341234 12121212 11223344 112233445566 123123123 123321123 147258369 159753456 789456123 987654321a 1234567890a
12345678a 123456789a 1234567a 0123456789 00000001 10203040 13131313 69696969 77777777a 88888888a 99999999a
liverpool liverpool1 chelsea1 arsenal1 barcelona realmadrid juventus bayern123 deutschland germany1 america1
freedom1 forever1 nothing1 blink182 metallica slipknot1 greenday1 nirvana1 elizabeth alexander benjamin christian
christopher christine stephanie victoria1 veronica1 nicholas1 danielle1 samantha1 jonathan1 patricia1 margaret1
maverick midnight1 mercedes mustang1 corvette porsche1 ferrari1 lamborghini yamaha123 honda123 harley12 chocolate
chocolate1 cheesecake butterfly butterfly1 snoopy123 snowball1 scooter1 tigger123 babygirl babygirl1 lovelove
loveyou1 lovely123 myspace1 zaq1zaq1 salon123 salon1234 salonsalon correcthorsebatterystaple
`;

export const commonPasswords: ReadonlySet<string> = new Set(list.split(/\s+/).filter(Boolean));
