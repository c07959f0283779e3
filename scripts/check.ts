console.log(process.version, process.env.PATH);
